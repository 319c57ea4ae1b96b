"""Items of a source, checked and ready to be stored.

Every item is prepared before the first one is written: a source with an error changes nothing.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn

from app.db.text_json import text_from_json, text_to_json
from app.domain.errors import InvalidError
from app.domain.statuses import Impact, IncidentStatus, MaintenanceStatus, ServiceStatus
from app.domain.texts.localized_text import LocalizedText
from app.domain.texts.text_origin import OriginKind, TextOrigin
from app.domain.validation import (
    BODY_LIMIT,
    TITLE_LIMIT,
    check_past,
    check_slug,
    is_public_id,
    localized,
)
from app.i18n.languages import LANGUAGES
from app.i18n.negotiate import lookup
from app.ports.importer import ImportItem, ItemKind
from app.usecases.imports.reader import DocumentReader
from app.usecases.imports.recurrences import recurrence_of
from app.usecases.time_zones import check_time_zone
from app.usecases.title_search import search_form

__all__ = ["FORMER_FORMAT", "Prepared", "Preparer", "digest_of"]

FORMER_FORMAT = "fyr-import-1"
_DESCRIPTION_LIMIT = 2000
_OWN = "fyr"
_IMPORTED = TextOrigin(OriginKind.IMPORT)
_REF_LIMIT = 500
_MAX_PATHS = 20


@dataclass(frozen=True, slots=True)
class Prepared:
    """A checked item: `content` has its values as they are stored, texts as JSON, times as text."""

    kind: ItemKind
    ref: str
    digest: str
    place: str
    content: Mapping[str, Any]


@dataclass
class Preparer:
    """Checks items. `places` collects where each service is named, by its ref.

    `default` is the language of texts without one; the items SOURCE and PAGE can change it for
    those that follow. `languages` are the languages to import, all when it is empty. With
    `needs_slugs`, as in the first version of documents, each service has a slug.
    """

    now: datetime
    default: str
    languages: frozenset[str] = frozenset()
    places: dict[str, str] = field(default_factory=dict)
    needs_slugs: bool = False
    _is_foreign: bool = False

    def prepare(self, item: ImportItem) -> Prepared:
        """The checked item. Raises InvalidError naming its place."""
        reader = DocumentReader(item.content, item.place)
        places, self.places = self.places, {}
        try:
            content = self._content(item.kind, reader)
            for ref, place in self.places.items():
                places.setdefault(ref, place)
        finally:
            # What is refused names no service.
            self.places = places
        ref = str(content.get("ref") or self._default_ref(item.kind, content))[:_REF_LIMIT]
        return Prepared(item.kind, ref, _digest(item.content), item.place, {**content, "ref": ref})

    def _content(self, kind: ItemKind, reader: DocumentReader) -> dict[str, Any]:
        make = {
            ItemKind.SOURCE: self._source,
            ItemKind.PAGE: self._page,
            ItemKind.GROUP: self._group,
            ItemKind.SERVICE: self._service,
            ItemKind.INCIDENT: self._incident,
            ItemKind.MAINTENANCE: self._maintenance,
            ItemKind.SUBSCRIBER: self._subscriber,
            ItemKind.UPTIME: self._uptime,
            ItemKind.TARGET: self._target,
        }[kind]
        with reader.naming():
            return make(reader)

    # -- kinds ---------------------------------------------------------------------

    def _source(self, reader: DocumentReader) -> dict[str, Any]:
        self._is_foreign = (reader.optional_text("kind") or _OWN) != _OWN
        language = reader.optional_text("language")
        if language is not None:
            self.default = self._tag(language)
        self.needs_slugs = reader.optional_text("format") == FORMER_FORMAT
        return {
            "kind": reader.optional_text("kind") or _OWN,
            "instance": reader.optional_text("instance") or "",
            "name": reader.optional_text("name") or "",
            "format": reader.optional_text("format") or "",
        }

    def _page(self, reader: DocumentReader) -> dict[str, Any]:
        default = reader.optional_text("default_language")
        if default is not None:
            self.default = default = self._tag(default)
        zone = reader.optional_text("time_zone")
        if zone is not None:
            try:
                zone = check_time_zone(zone)
            except InvalidError:
                place = reader.at("time_zone")
                raise InvalidError(
                    f"{place} is {zone[:60]!r}, no time zone.", field=place
                ) from None
        return {
            "ref": reader.optional_text("id") or "page",
            "id": _public_id(reader),
            "name": self._line(reader, "name"),
            "time_zone": zone,
            "default_language": default,
            "languages": reader.texts("languages"),
            "links": [link for link in reader.texts("links") if _is_link(link)],
            "link_names": self._link_names(reader),
            "support_url": _link(reader.optional_text("support_url")),
            "created_at": reader.optional_time("created_at"),
        }

    def _group(self, reader: DocumentReader) -> dict[str, Any]:
        return {
            "ref": reader.optional_text("ref"),
            "id": _public_id(reader),
            "name": self._line(reader, "name") or _missing(reader, "name"),
            "created_at": reader.optional_time("created_at"),
        }

    def _service(self, reader: DocumentReader) -> dict[str, Any]:
        slug = reader.text("slug") if self.needs_slugs else reader.optional_text("slug")
        since = reader.optional_instant("known_since")
        if since is not None:
            check_past(since, now=self.now, field=reader.at("known_since"))
        return {
            "ref": reader.optional_text("ref"),
            "id": _public_id(reader),
            "slug": None if slug is None else check_slug(slug, field=reader.at("slug")),
            "name": self._line(reader, "name") or _missing(reader, "name"),
            "description": self._text(reader, "description", limit=_DESCRIPTION_LIMIT),
            "group": reader.optional_text("group"),
            "known_since": reader.optional_time("known_since"),
            "known_since_exact": reader.flag("known_since_exact"),
            # There are no hidden services here: the page does not show an archived one.
            "archived": any([reader.flag("archived"), reader.flag("hidden")]),
            "created_at": reader.optional_time("created_at"),
            "updated_at": reader.optional_time("updated_at"),
        }

    def _incident(self, reader: DocumentReader) -> dict[str, Any]:
        title = self._line(reader, "title") or _missing(reader, "title")
        updates = [self._update(each) for each in reader.children("updates")]
        if not updates:
            place = reader.at("updates")
            raise InvalidError(f"{place} holds no update; an incident needs one.", field=place)
        updates.sort(key=lambda each: (each["at"], each["created_at"] or each["at"]))
        _make_refs_unique(updates)
        impact = reader.optional_text("impact")
        started = reader.optional_instant("started_at")
        if started is not None:
            started = check_past(started, now=self.now, field=reader.at("started_at"))
        return {
            "ref": reader.optional_text("ref"),
            "id": _public_id(reader),
            "title": title,
            "search": search_form(text_from_json(title)),
            "impact": None if impact is None else reader.member("impact", impact, Impact).value,
            "started_at": None if started is None else started.isoformat(),
            "draft": reader.flag("draft"),
            "created_at": reader.optional_time("created_at"),
            "updated_at": reader.optional_time("updated_at"),
            "paths": _paths(reader),
            "updates": updates,
            "postmortem": self._postmortem(reader, updates),
        }

    def _update(self, reader: DocumentReader) -> dict[str, Any]:
        at = check_past(reader.instant("posted_at"), now=self.now, field=reader.at("posted_at"))
        services = {
            ref: reader.member(f"services.{ref}", status, ServiceStatus).value
            for ref, status in reader.strings("services").items()
        }
        for ref in services:
            self.places.setdefault(ref, reader.at("services"))
        body = self._text(reader, "body", limit=BODY_LIMIT) or _missing(reader, "body")
        ref = reader.optional_text("ref") or _short(at.isoformat(), json.dumps(body))
        return {
            "ref": ref,
            "id": _public_id(reader),
            "status": reader.member("status", reader.text("status"), IncidentStatus).value,
            "body": body,
            "at": at.isoformat(),
            "created_at": reader.optional_time("created_at"),
            "next_update_at": reader.optional_time("next_update_at"),
            "services": services,
            "former": self._former(reader),
        }

    def _former(self, reader: DocumentReader) -> list[list[Any]]:
        return [
            [
                check_past(each.instant("at"), now=self.now, field=each.at("at")).isoformat(),
                self._text(each, "body", limit=BODY_LIMIT) or _missing(each, "body"),
            ]
            for each in reader.children("edited")
        ]

    def _postmortem(
        self, reader: DocumentReader, updates: list[dict[str, Any]]
    ) -> dict[str, Any] | None:
        section = reader.child("postmortem")
        if section is None:
            return None
        if updates[-1]["status"] != IncidentStatus.RESOLVED:
            place = reader.at("postmortem")
            raise InvalidError(
                f"{place}: a postmortem follows once the incident is resolved.",
                code="incident_open",
                field=place,
            )
        published = section.optional_instant("published_at")
        if published is not None:
            check_past(published, now=self.now, field=section.at("published_at"))
        return {
            "body": self._text(section, "body", limit=BODY_LIMIT) or _missing(section, "body"),
            "published_at": None if published is None else published.isoformat(),
            "draft": section.flag("draft"),
        }

    def _maintenance(self, reader: DocumentReader) -> dict[str, Any]:
        starts_at, ends_at = reader.instant("starts_at"), reader.instant("ends_at")
        if ends_at <= starts_at:
            place = reader.at("ends_at")
            raise InvalidError(f"{place} is not after starts_at.", field=place)
        refs = reader.texts("services")
        for ref in refs:
            self.places.setdefault(ref, reader.at("services"))
        title = self._line(reader, "title") or _missing(reader, "title")
        updates = [self._window_update(each) for each in reader.children("updates")]
        return {
            "ref": reader.optional_text("ref"),
            "id": _public_id(reader),
            "title": title,
            "search": search_form(text_from_json(title)),
            "body": self._text(reader, "body", limit=BODY_LIMIT),
            "starts_at": starts_at.isoformat(),
            "ends_at": ends_at.isoformat(),
            "services": list(dict.fromkeys(refs)),
            "recurrence": recurrence_of(reader),
            "draft": reader.flag("draft"),
            "cancelled_at": reader.optional_time("cancelled_at"),
            "completed_at": reader.optional_time("completed_at"),
            "verifying_at": reader.optional_time("verifying_at"),
            "created_at": reader.optional_time("created_at"),
            "updated_at": reader.optional_time("updated_at"),
            "paths": _paths(reader),
            "updates": sorted(updates, key=lambda each: str(each["at"])),
        }

    def _window_update(self, reader: DocumentReader) -> dict[str, Any]:
        at = check_past(reader.instant("posted_at"), now=self.now, field=reader.at("posted_at"))
        body = self._text(reader, "body", limit=BODY_LIMIT) or _missing(reader, "body")
        return {
            "ref": reader.optional_text("ref") or _short(at.isoformat(), json.dumps(body)),
            "id": _public_id(reader),
            "status": reader.member("status", reader.text("status"), MaintenanceStatus).value,
            "body": body,
            "at": at.isoformat(),
            "recurs_at": reader.optional_time("recurs_at"),
        }

    def _subscriber(self, reader: DocumentReader) -> dict[str, Any]:
        refs = None if reader.is_null("services") else reader.texts("services")
        for ref in refs or ():
            self.places.setdefault(ref, reader.at("services"))
        return {
            # Required: a ref made of the address would stay when the address is deleted.
            "ref": reader.text("ref"),
            "id": _public_id(reader),
            "channel": reader.optional_text("channel") or "email",
            "address": reader.text("address"),
            "confirmed": reader.flag("confirmed"),
            "language": reader.optional_text("language"),
            "services": refs,
            "since": reader.optional_time("since"),
        }

    def _uptime(self, reader: DocumentReader) -> dict[str, Any]:
        service = reader.text("service")
        self.places.setdefault(service, reader.at("service"))
        start = check_past(reader.instant("from"), now=self.now, field=reader.at("from"))
        end = check_past(reader.instant("to"), now=self.now, field=reader.at("to"))
        if end <= start:
            raise InvalidError(f"{reader.at('to')} is not after from.", field=reader.at("to"))
        status = reader.member("status", reader.text("status"), ServiceStatus)
        return {
            "ref": f"{service} {start.isoformat()}",
            "service": service,
            "status": status.value,
            "from": start.isoformat(),
            "to": end.isoformat(),
        }

    def _target(self, reader: DocumentReader) -> dict[str, Any]:
        refs = reader.texts("services")
        for ref in refs:
            self.places.setdefault(ref, reader.at("services"))
        return {
            "ref": reader.optional_text("ref"),
            "host": reader.text("host"),
            "port": reader.number("port") or 443,
            "starttls": reader.optional_text("starttls"),
            "services": refs,
        }

    # -- texts ---------------------------------------------------------------------

    def _line(self, reader: DocumentReader, name: str) -> dict[str, Any] | None:
        return self._text(reader, name, limit=TITLE_LIMIT, one_line=True)

    def _link_names(self, reader: DocumentReader) -> dict[str, Mapping[str, str]]:
        """The names of links by their addresses, in each language."""
        names = reader.child("link_names")
        found = {url: names.strings(url) for url in reader.texts("links")} if names else {}
        return {url: self._names(texts, reader) for url, texts in found.items() if texts}

    def _names(self, texts: Mapping[str, str], reader: DocumentReader) -> dict[str, str]:
        place = reader.at("link_names")
        return dict(
            localized(texts, default=self.default, field=place, limit=TITLE_LIMIT, one_line=True)
        )

    def _text(
        self, reader: DocumentReader, name: str, *, limit: int, one_line: bool = False
    ) -> dict[str, Any] | None:
        """A text as it is stored: of one language, of several, or a phrase."""
        value = reader.value(name)
        if value is None:
            return None
        if isinstance(value, dict) and not value.keys().isdisjoint({"$phrase", "$text"}):
            return _special_text(DocumentReader(value, reader.at(name)), limit)
        texts = reader.translated(name)
        assert texts is not None  # noqa: S101  # `value` is not None
        if not isinstance(texts, str):
            texts = self._chosen(texts)
        checked = localized(
            texts, default=self.default, field=reader.at(name), limit=limit, one_line=one_line
        )
        return text_to_json(checked.with_origins(dict.fromkeys(checked.translations, _IMPORTED)))

    def _chosen(self, texts: Mapping[str, str]) -> Mapping[str, str]:
        """The texts in the languages to import; all of them when they are in none of these."""
        if self._is_foreign:
            # The text of the tag itself comes before that of an alias.
            others = {self._tag(tag): text for tag, text in texts.items()}
            texts = others | {tag: text for tag, text in texts.items() if tag in others}
        chosen = {tag: text for tag, text in texts.items() if tag.lower() in self.languages}
        return chosen or texts

    def _tag(self, tag: str) -> str:
        """The language that a tag of another product names here, such as `nb` for `no`."""
        lower = tag.lower()
        return (lookup(lower, LANGUAGES) or lower) if self._is_foreign else lower

    @staticmethod
    def _default_ref(kind: ItemKind, content: Mapping[str, Any]) -> str:
        """The ref of an item that names none: what identifies it for people."""
        match kind:
            case ItemKind.GROUP:
                return _source_text(content["name"])
            case ItemKind.SERVICE:
                return content["slug"] or _source_text(content["name"])
            case ItemKind.INCIDENT:
                # As `import_key` of former releases.
                identity = [_source_text(content["title"]), content["updates"][0]["at"]]
                return hashlib.sha256(json.dumps(identity).encode()).hexdigest()
            case ItemKind.MAINTENANCE:
                return _short(_source_text(content["title"]), content["starts_at"])
            case ItemKind.TARGET:
                return f"{content['host']}:{content['port']}"
            case _:
                return ""


def _digest(content: Mapping[str, Any]) -> str:
    """Identifies the content. An address of a subscriber is left out: it could be guessed."""
    return digest_of({name: value for name, value in content.items() if name != "address"})


def digest_of(value: object) -> str:
    """Identifies a JSON value."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _special_text(reader: DocumentReader, limit: int) -> dict[str, Any]:
    """A phrase, `{"$phrase": [code, parameters]}`, or a stored text, `{"$text": {...}}`."""
    stored = reader.value("$text")
    if stored is None:
        found = reader.value("$phrase")
        if not isinstance(found, list) or not found:
            raise InvalidError(f"{reader.at('$phrase')} must be a list.")
        stored = {"phrases": [[found[0], found[1] if len(found) > 1 else {}]]}
    try:
        text = text_from_json(stored)  # type: ignore[arg-type]  # whatever it is
        shown = text_to_json(text)
    except InvalidError as error:
        raise InvalidError(f"{reader.at('$phrase')}: {error.message}", code=error.code) from None
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        raise InvalidError(f"{reader.at('$text')} is not a stored text.") from None
    if isinstance(text, LocalizedText):
        for tag, each in text:
            localized({tag: each}, default=tag, field=reader.at("$text"), limit=limit)
    return shown


def _source_text(stored: Mapping[str, Any]) -> str:
    if "phrases" in stored:
        return json.dumps(stored["phrases"])
    return str(stored["texts"][stored["source"]][0])


def _short(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:24]


def _public_id(reader: DocumentReader) -> str | None:
    found = reader.optional_text("id")
    return found if found is not None and is_public_id(found) else None


def _paths(reader: DocumentReader) -> list[str]:
    found = [path for path in reader.texts("former_paths") if path.startswith("/")]
    return list(dict.fromkeys(path.partition("?")[0][:_REF_LIMIT] for path in found))[:_MAX_PATHS]


def _make_refs_unique(updates: list[dict[str, Any]]) -> None:
    """Give updates of an incident that have one ref in common a number."""
    seen: dict[str, int] = {}
    for each in updates:
        ref = each["ref"]
        seen[ref] = seen.get(ref, 0) + 1
        if seen[ref] > 1:
            each["ref"] = f"{ref}#{seen[ref]}"


def _is_link(link: str) -> bool:
    return link.startswith(("http://", "https://"))


def _link(link: str | None) -> str | None:
    return link if link is not None and _is_link(link) else None


def _missing(reader: DocumentReader, name: str) -> NoReturn:
    raise InvalidError(f"{reader.at(name)} is missing.", field=reader.at(name))
