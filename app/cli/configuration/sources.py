"""The parts `sources` and `routes` of the configuration.

The name of a source identifies it, and the place in its list identifies a route.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from app.cli.configuration.document import ConfiguredRoute, ConfiguredSource, escaped
from app.cli.configuration.run import Run
from app.cli.configuration.variables import VariableNames
from app.cli.database import every_page
from app.domain.errors import InvalidError
from app.monitors import ADAPTERS
from app.usecases.sources import routes, sources
from app.usecases.sources.records import SourceChanges, StaffSource
from app.usecases.sources.routes import RouteChanges, StaffRoute
from app.web.api.sources.source_schemas import NewSource

__all__ = ["apply_routes", "apply_sources", "dump_routes", "dump_sources"]

_FIELDS = (
    "name",
    "kind",
    "auth",
    "auth_options",
    "options",
    "publish",
    "stale_after_seconds",
    "rate_limit",
    "enabled",
)
_ROUTE_FIELDS = tuple(name for name in ConfiguredRoute.model_fields if name != "accept_untested")
_CLEARED = ("service_label", "publish")
_DRAFT = "draft"


def apply_sources(run: Run, wanted: Sequence[ConfiguredSource]) -> None:
    """Add and change sources with their routes."""
    present = _present(run)
    kept: set[str] = set()
    for number, new in enumerate(wanted):
        with run.at(f"sources[{number}]"):
            if new.name in kept:
                raise InvalidError("This name is listed twice.", field="name")
            kept.add(new.name)
            source = _apply_source(run, new, present.get(new.name))
            if new.routes is not None:
                _apply_routes(run, new.routes, source, new.name)
    for name, surplus in present.items():
        if name not in kept:
            run.remove(
                "source",
                name,
                partial(sources.delete_source, run.ctx, surplus.id),
            )


def apply_routes(run: Run, wanted: Sequence[ConfiguredRoute]) -> None:
    """Add and change the routes of any source."""
    with run.at("routes"):
        _apply_routes(run, wanted, None, "any source")


def _apply_source(run: Run, new: ConfiguredSource, before: StaffSource | None) -> str:
    if before is None:
        return _add_source(run, new)
    if new.kind != before.kind:
        raise InvalidError(
            "The kind of a source cannot be changed. Give the new one another name.", field="kind"
        )
    names = (set(_FIELDS) - {"kind", "name"}) & new.model_fields_set
    changes: dict[str, Any] = {name: getattr(new, name) for name in names}
    if changes.get("stale_after_seconds", 0) is None:
        changes["stale_after_seconds"] = 0
    also = ""
    if "secrets" in new.model_fields_set:
        stored = sources.stored_secrets(run.ctx, run.secret_box, before.id)
        if stored != new.secrets:
            changes["secrets"], also = new.secrets, "secrets"
    change = SourceChanges(**changes, accept_untested=new.accept_untested)
    run.edit(
        "source",
        new.name,
        before,
        lambda: sources.edit_source(run.ctx, run.secret_box, before.id, change, ADAPTERS),
        also=also,
    )
    return before.id


def _add_source(run: Run, new: ConfiguredSource) -> str:
    sent = new.model_dump(exclude={"enabled", "routes"}, exclude_unset=True)
    record = NewSource(**sent).to_record(run.settings.hook_rate)
    made = sources.add_source(run.ctx, run.secret_box, record, ADAPTERS)
    run.added("source", new.name)
    run.issued.append(f"{new.name}: {run.settings.base_url}/hooks/{made.token}")
    if made.secret is not None:
        run.issued.append(f"{new.name}: secret {made.secret}")
    if not new.enabled:
        change = SourceChanges(enabled=False)
        sources.edit_source(run.ctx, run.secret_box, made.source.id, change, ADAPTERS)
    return made.source.id


def _apply_routes(
    run: Run, wanted: Sequence[ConfiguredRoute], source: str | None, owner: str
) -> None:
    present = _routes_of(run, source)
    for number, new in enumerate(wanted):
        with run.at(f"routes[{number}]"):
            if number >= len(present):
                record = replace(new.to_record(), source=source)
                routes.add_route(run.ctx, record)
                run.added("route", f"{number + 1} of {owner}")
            else:
                _edit_route(run, new, present[number], f"{number + 1} of {owner}")
    for number, route in enumerate(present[len(wanted) :], len(wanted) + 1):
        run.remove(
            "route",
            f"{number} of {owner}",
            partial(routes.delete_route, run.ctx, route.id),
        )


def _edit_route(run: Run, new: ConfiguredRoute, before: StaffRoute, name: str) -> None:
    """Make a route what the document says; a field that is left out gets its default."""
    values = new.model_dump(exclude={"source"})
    cleared = frozenset(field for field in _CLEARED if values[field] is None)
    change = RouteChanges(**values, clear=cleared)
    run.edit("route", name, before, lambda: routes.edit_route(run.ctx, before.id, change))


def dump_sources(run: Run, variables: VariableNames) -> list[dict[str, Any]]:
    """The sources, oldest first, with their routes and with variables for their secrets."""
    return [_dumped(run, each, variables) for each in reversed(list(_present(run).values()))]


def dump_routes(run: Run) -> list[dict[str, Any]]:
    """The routes of any source."""
    return [_dumped_route(each) for each in _routes_of(run, None)]


def _dumped(run: Run, source: StaffSource, variables: VariableNames) -> dict[str, Any]:
    entry = {name: escaped(getattr(source, name)) for name in _FIELDS}
    entry = {name: value for name, value in entry.items() if value not in ({}, None, True)}
    if source.stale_after_seconds is None:
        entry["stale_after_seconds"] = 0
    if source.publish != _DRAFT:
        entry["accept_untested"] = True
    if source.secrets:
        names = [variables.new(source.name, "SECRET") for _ in range(source.secrets)]
        entry["secrets"] = [f"${{{name}}}" for name in names]
    found = [_dumped_route(each) for each in _routes_of(run, source.id)]
    return {**entry, "routes": found} if found else entry


def _dumped_route(route: StaffRoute) -> dict[str, Any]:
    defaults = ConfiguredRoute()
    entry = {
        name: escaped(getattr(route, name))
        for name in _ROUTE_FIELDS
        if name != "source" and _listed(getattr(route, name)) != _listed(getattr(defaults, name))
    }
    if route.publish not in {None, _DRAFT}:
        entry["accept_untested"] = True
    return entry


def _listed(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _present(run: Run) -> Mapping[str, StaffSource]:
    found: dict[str, StaffSource] = {}
    for each in every_page(lambda cursor: sources.list_sources(run.ctx, cursor=cursor, limit=100)):
        if each.name in found:
            raise InvalidError(
                f"Two sources have the name {each.name[:80]!r}. Rename one in the console first."
            )
        found[each.name] = each
    return found


def _routes_of(run: Run, source: str | None) -> Sequence[StaffRoute]:
    return [each for each in routes.list_routes(run.ctx) if each.source == source]
