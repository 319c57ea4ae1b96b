"""The parts `groups` and `services` of the configuration."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from app.cli.configuration.document import ConfiguredService
from app.cli.configuration.run import PlanMark, PlanStep, Run
from app.domain.errors import InvalidError
from app.domain.texts.localized_text import LocalizedText
from app.domain.texts.names import fold_name
from app.usecases.services import aliases, groups, services
from app.usecases.services.groups import StaffGroup
from app.web.api.services.service_schemas import NewGroup

__all__ = ["apply_groups", "apply_services", "dump_groups", "dump_services", "remove_groups"]


def apply_groups(run: Run, wanted: Sequence[NewGroup]) -> None:
    """Add and rename groups, and order them. A group is found by its name in any language."""
    order = []
    for number, new in enumerate(wanted):
        with run.at(f"groups[{number}]"):
            order.append(_apply_group(run, run.request.title(new.name, "name")))
    present = [each.slug for each in groups.list_groups(run.ctx)]
    if present[: len(order)] != order:
        with run.at("groups"):
            groups.order_groups(run.ctx, order)
        run.steps.append(PlanStep(PlanMark.CHANGE, "groups", "of the page", "order"))


def remove_groups(run: Run, wanted: Sequence[NewGroup]) -> None:
    """Remove the other groups; their services stay."""
    kept = [run.request.title(each.name, "name") for each in wanted]
    for group in groups.list_groups(run.ctx):
        if not any(_has_name(group, name) for name in kept):
            slug = group.slug
            run.remove("group", slug, partial(groups.remove_group, run.ctx, slug))


def _apply_group(run: Run, name: LocalizedText) -> str:
    found = _group_named(run, name)
    if found is None:
        return _add_group(run, name)
    run.edit("group", found.slug, found, lambda: groups.rename_group(run.ctx, found.slug, name))
    return found.slug


def _add_group(run: Run, name: LocalizedText) -> str:
    made = groups.create_group(run.ctx, name)
    run.added("group", made.slug)
    return made.slug


def _group_named(run: Run, name: LocalizedText) -> StaffGroup | None:
    return next((each for each in groups.list_groups(run.ctx) if _has_name(each, name)), None)


def _has_name(group: StaffGroup, name: LocalizedText) -> bool:
    return bool({fold_name(text) for _, text in group.name} & {fold_name(text) for _, text in name})


def apply_services(run: Run, wanted: Sequence[ConfiguredService]) -> None:
    """Add, restore and change services with their aliases, and order them."""
    archived = {each.slug for each in services.list_archived(run.ctx)}
    kept: list[str] = []
    for number, new in enumerate(wanted):
        with run.at(f"services[{number}]"):
            if new.slug in kept:
                raise InvalidError("This service is listed twice.", field="slug")
            kept.append(new.slug)
            _apply_service(run, new, is_archived=new.slug in archived)
    for service in services.list_services(run.ctx):
        if service.slug not in kept:
            slug = service.slug
            run.remove(
                "service",
                slug,
                partial(services.archive_service, run.ctx, slug),
            )
    present = [each.slug for each in services.list_services(run.ctx)]
    if present[: len(kept)] != kept:
        with run.at("services"):
            groups.order_services(run.ctx, kept)
        run.steps.append(PlanStep(PlanMark.CHANGE, "services", "of the page", "order"))


def _apply_service(run: Run, new: ConfiguredService, *, is_archived: bool) -> None:
    name = run.request.title(new.name, "name")
    description = (
        None if new.description is None else run.request.body(new.description, "description")
    )
    group = None if new.group is None else run.request.title(new.group, "group")
    if group is not None and _group_named(run, group) is None:
        _add_group(run, group)  # here, so that the plan shows it
    present = {each.slug: each for each in services.list_services(run.ctx)}
    if is_archived:
        present[new.slug] = services.restore_service(run.ctx, new.slug)
        run.added("service", new.slug)
    before = present.get(new.slug)
    if before is None:
        services.add_service(run.ctx, new.slug, name, description=description, group=group)
        run.added("service", new.slug)
    else:
        cleared = [
            field
            for field in ("group", "description")
            if field in new.model_fields_set and getattr(new, field) is None
        ]
        run.edit(
            "service",
            new.slug,
            before,
            lambda: services.edit_service(
                run.ctx, new.slug, name=name, description=description, group=group, clear=cleared
            ),
        )
    if new.aliases is not None:
        _apply_aliases(run, new.slug, new.aliases)


def _apply_aliases(run: Run, slug: str, wanted: Sequence[str]) -> None:
    present = {each.alias for each in aliases.list_aliases(run.ctx) if each.service == slug}
    folded = [fold_name(each) for each in wanted]
    for alias in dict.fromkeys(folded):
        if alias not in present:
            aliases.add_alias(run.ctx, slug, alias)
            run.added("alias", f"{alias} of {slug}")
    for alias in sorted(present - set(folded)):
        run.remove(
            "alias",
            f"{alias} of {slug}",
            partial(aliases.delete_alias, run.ctx, alias),
        )


def dump_groups(run: Run) -> list[dict[str, Any]]:
    """The groups in the order of the page."""
    return [{"name": dict(each.name)} for each in groups.list_groups(run.ctx)]


def dump_services(run: Run) -> list[dict[str, Any]]:
    """The services in the order of the page, with their aliases."""
    names = {
        each.slug: each.name.translations[each.name.source].text
        for each in groups.list_groups(run.ctx)
    }
    found: list[dict[str, Any]] = []
    for each in services.list_services(run.ctx):
        entry: dict[str, Any] = {"slug": each.slug, "name": dict(each.name)}
        if each.description is not None:
            entry["description"] = dict(each.description)
        if each.group is not None:
            entry["group"] = names[each.group]
        own = [alias.alias for alias in aliases.list_aliases(run.ctx) if alias.service == each.slug]
        if own:
            entry["aliases"] = own
        found.append(entry)
    return found
