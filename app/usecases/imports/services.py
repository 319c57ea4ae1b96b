"""Import of the page's settings, of groups and of services."""

from collections.abc import Sequence
from typing import Any

from app.db.queries import services
from app.db.queries.imports import imports
from app.db.queries.page import page
from app.db.tables import PageRow, ServiceGroupRow, ServiceRow
from app.db.text_json import text_from_json
from app.domain.texts.localized_text import LocalizedText
from app.domain.texts.names import fold_name
from app.domain.texts.slugs import free_slug, slug_of
from app.i18n.languages import LANGUAGES
from app.ports.importer import ReportEntry
from app.usecases.imports.prepared import Prepared
from app.usecases.imports.report import ItemOutcome
from app.usecases.imports.state import ImportState, Known, changed_fields

__all__ = ["ServiceWriter"]


class ServiceWriter:
    """Writes the page, its groups and its services."""

    def __init__(self, state: ImportState) -> None:
        self._state = state
        self._slugs, self._group_slugs = imports.taken_slugs(state.ctx.session)
        self._groups: dict[str, int] = {}
        self._slugs_of_groups: dict[str, str] = {}

    # -- page ----------------------------------------------------------------------

    def write_page(self, item: Prepared) -> None:
        """Import the settings of the page: its name, zone, languages and links."""
        state, row = self._state, page.read_page(self._state.ctx.session)
        new = self._page_values(item)
        fields = changed_fields(
            {name: (_shown(getattr(row, name)), _shown(value)) for name, value in new.items()}
        )
        known = state.known(item)
        outcome = state.outcome(item, known, row.public_id)
        if known is None or state.source.adds_only:
            if fields:
                state.report.change(item.kind, item.ref, ItemOutcome.CHANGED, fields)
        elif outcome is ItemOutcome.UNCHANGED:
            return
        else:
            state.report.change(item.kind, item.ref, outcome, fields)
            if outcome is not ItemOutcome.CHANGED:
                return
        state.zone = new.get("time_zone", state.zone)
        if not state.is_trial:
            self._set_page(item, row, new, known)

    def _set_page(
        self, item: Prepared, row: PageRow, new: dict[str, Any], known: Known | None
    ) -> None:
        state = self._state
        changed = [name for name, value in new.items() if getattr(row, name) != value]
        for name in changed:
            setattr(row, name, new[name])
        if changed:
            state.wrote = True
            state.ctx.touch()
        if state.source.adds_only:
            return
        if known is None:
            state.remember(item, row.id or 0)
        else:
            state.renew(item, known)

    def _page_values(self, item: Prepared) -> dict[str, Any]:
        content, row = item.content, page.read_page(self._state.ctx.session)
        found: dict[str, Any] = {}
        if content["name"] is not None:
            found["name"] = _localized(content["name"])
        if content["time_zone"] is not None:
            found["time_zone"] = content["time_zone"]
        languages = [tag.lower() for tag in content["languages"] if tag.lower() in LANGUAGES]
        default = content["default_language"]
        if default in LANGUAGES:
            found["default_language"] = default
            languages = languages or [*row.languages]
            found["languages"] = [*dict.fromkeys([*languages, default])]
        elif languages:
            found["languages"] = [*dict.fromkeys([row.default_language, *languages])]
        if content["id"] is not None:
            found["public_id"] = content["id"]
        if content["created_at"] is not None:
            found["created_at"] = self._state.time(content["created_at"])
        links = self._links(item, found.get("default_language", row.default_language))
        if links:
            found["links"] = links
        return found

    def _links(self, item: Prepared, language: str) -> list[dict[str, Any]]:
        """The links with those of the source, whose names are in `language`; none without new."""
        row, content = page.read_page(self._state.ctx.session), item.content
        present = list(row.links or [])
        known = {link["url"] for link in present}
        wanted = [*content["links"], *([content["support_url"]] if content["support_url"] else [])]
        for url in dict.fromkeys(wanted):
            if url not in known:
                name = {language: url.partition("://")[2].rstrip("/")[:80]}
                # The name in the language of the page is the one from which others are translated.
                names = {**name, **content.get("link_names", {}).get(url, {})}
                present.append({"url": url, "name": names})
        return present if len(present) > len(known) else []

    # -- groups --------------------------------------------------------------------

    def write_groups(self, items: Sequence[Prepared]) -> None:
        """Import groups in their order, after those that are here already."""
        for item in items:
            self._write_group(item)

    def _write_group(self, item: Prepared) -> None:
        state, known = self._state, self._state.known(item)
        row = None
        if known is not None and known.subject_id > 0:
            row = state.ctx.session.get(ServiceGroupRow, known.subject_id)
        if row is None and known is None and state.source.adds_only:
            row = self._group_named(item)
            if row is not None:
                self._groups[item.ref] = row.id or 0
                state.report.note(item.kind, ItemOutcome.UNCHANGED)
                return
        outcome = state.outcome(item, known, row.public_id if row else "")
        if row is not None:
            self._groups[item.ref] = row.id or 0
        if outcome in {ItemOutcome.UNCHANGED, ItemOutcome.EDITED, ItemOutcome.DELETED}:
            self._leave(item, outcome)
            return
        name = _localized(item.content["name"])
        if row is not None and known is not None:
            fields = changed_fields({"name": (_text(row.name), _text(name))})
            state.report.change(item.kind, item.ref, outcome, fields)
            if not state.is_trial:
                row.name = name
                state.renew(item, known)
                state.ctx.touch()
            return
        self._add_group(item, name)

    def _add_group(self, item: Prepared, name: LocalizedText) -> None:
        state, session = self._state, self._state.ctx.session
        state.report.note(item.kind, ItemOutcome.NEW)
        slug = free_slug(slug_of(name, prefix="group"), self._group_slugs.__contains__)
        self._group_slugs.add(slug)
        self._slugs_of_groups[item.ref] = slug
        if state.is_trial:
            self._groups[item.ref] = state.trial_id()
            return
        known = services.list_groups(session)
        row = ServiceGroupRow(
            public_id=state.free_public_id(ServiceGroupRow, item.content["id"]),
            slug=slug,
            name=name,
            position=max((each.position for each in known), default=0) + 1,
            created_at=state.time(item.content["created_at"]),
        )
        session.add(row)
        session.flush()
        self._groups[item.ref] = row.id or 0
        state.remember(item, row.id or 0)
        state.ctx.touch()

    def _group_named(self, item: Prepared) -> ServiceGroupRow | None:
        name = _localized(item.content["name"])
        wanted, slug = fold_name(_text(name)), slug_of(name, prefix="group")
        groups = services.list_groups(self._state.ctx.session)
        by_name = [each for each in groups if wanted in {fold_name(text) for _, text in each.name}]
        by_slug = [each for each in groups if each.slug == slug]
        return next(iter([*by_name, *by_slug]), None)

    # -- services ------------------------------------------------------------------

    def write_services(self, items: Sequence[Prepared]) -> None:
        """Import services in their order, after those that are here already."""
        for item in items:
            self._write_service(item)

    def _write_service(self, item: Prepared) -> None:
        state, known = self._state, self._state.known(item)
        if known is None and state.source.adds_only:
            found = services.find_services(state.ctx.session, [item.content["slug"]])
            if found:
                state.service_ids[item.ref] = found[item.content["slug"]].id or 0
                state.report.note(item.kind, ItemOutcome.UNCHANGED)
                return
        row = None if known is None else state.service(known.subject_id)
        outcome = state.outcome(item, known, row.public_id if row else "")
        if known is not None and row is not None:
            # An archived service is present as long as the source has it archived.
            if outcome is ItemOutcome.DELETED and item.content["archived"]:
                outcome = (
                    ItemOutcome.UNCHANGED if known.digest == item.digest else ItemOutcome.CHANGED
                )
            if outcome is ItemOutcome.CHANGED:
                self._change_service(item, row)
                if not state.is_trial:
                    state.renew(item, known)
                return
        if outcome is ItemOutcome.NEW:
            self._add_service(item)
        else:
            self._leave(item, outcome)

    def _add_service(self, item: Prepared) -> None:
        state, content, session = self._state, item.content, self._state.ctx.session
        name = _localized(content["name"])
        slug = self._free_slug(item, name)
        state.report.note(item.kind, ItemOutcome.NEW)
        if state.is_trial:
            state.service_ids[item.ref] = state.trial_id()
            return
        created = state.time(content["created_at"], state.time(content["known_since"]))
        row = ServiceRow(
            public_id=state.free_public_id(ServiceRow, content["id"]),
            slug=slug,
            name=name,
            description=None
            if content["description"] is None
            else _localized(content["description"]),
            group_id=self._groups.get(content["group"]) if content["group"] else None,
            position=services.last_position(session) + 1,
            known_since=self._known_since(item),
            created_at=created,
            updated_at=state.time(content["updated_at"], created),
            archived_at=state.ctx.now if content["archived"] else None,
        )
        session.add(row)
        session.flush()
        state.service_ids[item.ref] = row.id or 0
        state.remember(item, row.id or 0)
        state.ctx.touch()

    def _change_service(self, item: Prepared, row: ServiceRow) -> None:
        state, content = self._state, item.content
        description = content["description"]
        new: dict[str, Any] = {
            "name": _localized(content["name"]),
            "description": None if description is None else _localized(description),
            "group_id": self._groups.get(content["group"]) if content["group"] else None,
            "archived_at": (row.archived_at or state.ctx.now) if content["archived"] else None,
        }
        if content["known_since"] is not None:
            new["known_since"] = self._known_since(item)
        fields = changed_fields(
            {name: (_shown(getattr(row, name)), _shown(value)) for name, value in new.items()}
        )
        state.report.change(item.kind, item.ref, ItemOutcome.CHANGED, fields)
        if state.is_trial:
            return
        for name, value in new.items():
            setattr(row, name, value)
        row.updated_at = state.time(content["updated_at"], row.updated_at)
        state.ctx.touch()

    def _known_since(self, item: Prepared) -> Any:  # noqa: ANN401  # datetime
        """The start of its history: stated, or else its first mention, which it never follows.

        An exact start stays: nothing is known of the time before, but what incidents say.
        """
        state = self._state
        stated, first = item.content["known_since"], state.first_named.get(item.ref)
        since = state.time(stated or first)
        if stated and item.content["known_since_exact"]:
            return since
        return min(since, state.time(first, since))

    def _free_slug(self, item: Prepared, name: LocalizedText) -> str:
        """The slug of the source, or one from the name; when taken, with the group's in front."""
        wanted = item.content["slug"] or slug_of(name, prefix="service")
        slug = wanted
        if slug in self._slugs:
            group = item.content["group"]
            front = self._slugs_of_groups.get(group or "", "")
            joined = f"{front}-{wanted}"[:60].strip("-") if front else wanted
            slug = free_slug(joined, self._slugs.__contains__)
            self._state.report.add(ReportEntry("fixed.slug", item.ref))
        self._slugs.add(slug)
        return slug

    def _leave(self, item: Prepared, outcome: ItemOutcome) -> None:
        if outcome is ItemOutcome.UNCHANGED:
            self._state.report.note(item.kind, outcome)
        else:
            self._state.report.change(item.kind, item.ref, outcome)


def _localized(stored: dict[str, Any]) -> LocalizedText:
    found = text_from_json(stored)
    assert isinstance(found, LocalizedText)  # noqa: S101  # names are never phrases
    return found


def _text(value: LocalizedText) -> str:
    return value.translations[value.source].text


def _shown(value: object) -> object:
    return _text(value) if isinstance(value, LocalizedText) else value
