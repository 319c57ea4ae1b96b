"""Choices of subscribers: validation, storage, and their form as JSON values."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.db.queries import maintenances, services
from app.db.queries.incidents import incidents
from app.db.queries.page import page
from app.db.queries.subscribers import subscribers
from app.db.tables import IncidentRow, MaintenanceRow, SubscriberRow
from app.domain.errors import InvalidError
from app.domain.notifications.events import IncidentLevel, MaintenanceLevel
from app.domain.notifications.subscribers.choices import Choices, Followed
from app.domain.statuses import Impact
from app.i18n.regional_formats import published_tag
from app.usecases.context import Ctx
from app.usecases.time_zones import check_time_zone

__all__ = [
    "apply_choices",
    "check_choices",
    "choices_as_json",
    "choices_from_json",
    "choices_of",
    "followed_as_json",
    "followed_from_json",
]

_MAX_SERVICES = 1000
# Each is looked up by itself.
_MAX_OTHERS = 50
# The field of a form for each kind that a choice names.
_FIELDS = {"service": "services"}

Target = tuple[str, int]


def check_choices(ctx: Ctx, choices: Choices, *, present: Followed | None = None) -> Choices:
    """The choices if they are valid for a visitor.

    What a subscriber follows at `present` may have left the page. Raises InvalidError: a language
    that is not published, an unknown time zone, a service, an incident or a maintenance that is
    not on the page.
    """
    if published_tag(choices.language, page.read_page(ctx.session).languages) is None:
        raise InvalidError(
            "The page is not published in this language.",
            code="language_not_published",
            field="language",
        )
    if choices.time_zone is not None:
        check_time_zone(choices.time_zone)
    if choices.followed != present:
        _targets(ctx, choices.followed)
    return choices


def apply_choices(ctx: Ctx, row: SubscriberRow, choices: Choices) -> None:
    """Store the choices of a subscriber. What is no longer on the page is left out.

    Raises InvalidError (`nothing_followed`), and changes nothing, when nothing is left of what was
    chosen.
    """
    targets = _targets(ctx, choices.followed, ignore_missing=True)
    whole_page = choices.followed.is_whole_page
    if not targets and not whole_page:
        raise InvalidError(
            "What you chose is no longer on the page.", code="nothing_followed", field="services"
        )
    row.language, row.time_zone = choices.language, choices.time_zone
    row.incidents, row.maintenances = choices.incidents.value, choices.maintenances.value
    row.minimum, row.whole_page = choices.minimum.value, whole_page
    ctx.session.add(row)
    ctx.session.flush()
    subscribers.replace_subscriptions(ctx.session, row.id or 0, targets)


def choices_of(row: SubscriberRow, followed: Iterable[tuple[str, str]]) -> Choices:
    """The choices of a subscriber; `followed` as `targets_followed` returns it."""
    by_kind: dict[str, list[str]] = {}
    for kind, name in followed:
        by_kind.setdefault(kind, []).append(name)
    return Choices(
        row.language,
        Followed(
            tuple(by_kind.get("service", ())),
            tuple(by_kind.get("incident", ())),
            tuple(by_kind.get("maintenance", ())),
        ),
        IncidentLevel(row.incidents),
        MaintenanceLevel(row.maintenances),
        Impact(row.minimum),
        row.time_zone,
    )


def choices_as_json(choices: Choices) -> dict[str, Any]:
    """The choices as JSON values."""
    return {
        "language": choices.language,
        "time_zone": choices.time_zone,
        **followed_as_json(choices.followed),
        "incidents": choices.incidents.value,
        "maintenances": choices.maintenances.value,
        "minimum": choices.minimum.value,
    }


def choices_from_json(stored: Mapping[str, Any]) -> Choices:
    """The choices of which `choices_as_json` made these values."""
    return Choices(
        stored["language"],
        followed_from_json(stored),
        IncidentLevel(stored["incidents"]),
        MaintenanceLevel(stored["maintenances"]),
        Impact(stored["minimum"]),
        stored["time_zone"],
    )


def followed_as_json(followed: Followed) -> dict[str, list[str]]:
    """What is followed, as JSON values."""
    return {
        "services": list(followed.services),
        "only_incidents": list(followed.incidents),
        "only_maintenances": list(followed.maintenances),
    }


def followed_from_json(stored: Mapping[str, Any]) -> Followed:
    """What is followed, of which `followed_as_json` made these values."""
    return Followed(
        tuple(stored["services"]),
        tuple(stored["only_incidents"]),
        tuple(stored["only_maintenances"]),
    )


def _targets(ctx: Ctx, followed: Followed, *, ignore_missing: bool = False) -> list[Target]:
    """The kinds and internal ids of what is followed. Raises InvalidError for what is missing."""
    _check_number(followed)
    session, now = ctx.session, ctx.now
    found = [
        *_service_targets(ctx, followed.services),
        *(
            ("incident", _id(incidents.visible_incident(session, each, now)))
            for each in followed.incidents
        ),
        *(
            ("maintenance", _id(maintenances.visible_maintenance(session, each, now)))
            for each in followed.maintenances
        ),
    ]
    missing = next((kind for kind, number in found if number is None), None)
    if missing is not None and not ignore_missing:
        raise InvalidError(
            "This is not on the page, or no longer.",
            code="not_on_the_page",
            field=_FIELDS.get(missing, missing),
        )
    return [(kind, number) for kind, number in found if number is not None]


def _check_number(followed: Followed) -> None:
    others = len(followed.incidents) + len(followed.maintenances)
    if len(followed.services) > _MAX_SERVICES or others > _MAX_OTHERS:
        raise InvalidError(
            f"At most {_MAX_SERVICES} services, and {_MAX_OTHERS} incidents and maintenances, can "
            "be followed.",
            code="too_many_followed",
            field="services",
        )


def _service_targets(ctx: Ctx, slugs: tuple[str, ...]) -> list[tuple[str, int | None]]:
    rows = services.find_services(ctx.session, slugs) if slugs else {}
    present = {slug: row.id for slug, row in rows.items() if row.archived_at is None}
    return [("service", present.get(slug)) for slug in slugs]


def _id(row: IncidentRow | MaintenanceRow | None) -> int | None:
    return None if row is None else row.id
