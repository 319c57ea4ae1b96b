"""What a subscriber gets, and what of a further request is not part of it."""

from app.db.queries import maintenances, services
from app.db.queries.incidents import incidents
from app.db.queries.subscribers import subscribers
from app.db.tables import SubscriberRow
from app.domain.notifications.events import IncidentLevel, MaintenanceLevel
from app.domain.notifications.subscribers.choices import Choices, Followed
from app.domain.page.subscribing import Missing, SubscriptionSummary
from app.domain.texts.phrases import Text
from app.domain.validation import is_public_id, is_slug
from app.usecases.context import Ctx
from app.usecases.subscribers.availability import EMAIL
from app.usecases.subscribers.choices import choices_of

__all__ = ["missing_of", "subscription_summary", "titles_of"]

_MOST = 20


def subscription_summary(
    ctx: Ctx, row: SubscriberRow, asked: Followed | None
) -> SubscriptionSummary:
    """What a subscriber gets; `asked` is what was asked for since, None for nothing."""
    followed = subscribers.targets_followed(ctx.session, [row.id or 0]).get(row.id or 0, ())
    choices = choices_of(row, followed)
    return SubscriptionSummary(
        None if row.channel == EMAIL else row.address,
        choices,
        titles_of(ctx, choices.followed),
        None if asked is None else missing_of(ctx, choices, asked),
    )


def missing_of(ctx: Ctx, choices: Choices, asked: Followed) -> Missing | None:
    """What of `asked` is on the page and not part of the choices; None when all of it is."""
    followed = choices.followed
    if followed.is_whole_page:
        return None
    if asked.is_whole_page:
        return Missing(Followed(), ())
    known = set(followed.services)
    missing = Followed(
        tuple(each for each in asked.services[:_MOST] if each not in known),
        tuple(
            each
            for each in asked.incidents[:_MOST]
            if each not in followed.incidents and not _has_incident(ctx, choices, each)
        ),
        tuple(
            each
            for each in asked.maintenances[:_MOST]
            if each not in followed.maintenances and not _has_maintenance(ctx, choices, each)
        ),
    )
    on_page = _visible(ctx, missing)
    return None if on_page.is_whole_page else Missing(on_page, titles_of(ctx, on_page))


def titles_of(ctx: Ctx, followed: Followed) -> tuple[Text, ...]:
    """The names of the services and the titles of what else is followed, as far as visible."""
    session, now = ctx.session, ctx.now
    rows = services.find_services(session, followed.services) if followed.services else {}
    found: list[Text] = [rows[slug].name for slug in followed.services if slug in rows]
    for incident in followed.incidents:
        seen = incidents.visible_incident(session, incident, now)
        found += [] if seen is None else [seen.title]
    for maintenance in followed.maintenances:
        planned = maintenances.visible_maintenance(session, maintenance, now)
        found += [] if planned is None else [planned.title]
    return tuple(found)


def _visible(ctx: Ctx, asked: Followed) -> Followed:
    session, now = ctx.session, ctx.now
    slugs = [each for each in asked.services if is_slug(each)]
    rows = services.find_services(session, slugs) if slugs else {}
    return Followed(
        tuple(slug for slug in slugs if slug in rows and rows[slug].archived_at is None),
        tuple(
            each
            for each in asked.incidents
            if is_public_id(each) and incidents.visible_incident(session, each, now) is not None
        ),
        tuple(
            each
            for each in asked.maintenances
            if is_public_id(each)
            and maintenances.visible_maintenance(session, each, now) is not None
        ),
    )


def _has_incident(ctx: Ctx, choices: Choices, public_id: str) -> bool:
    """Whether a service that is followed makes the incident part of it, too."""
    if choices.incidents is IncidentLevel.NONE or not is_public_id(public_id):
        return False
    row = incidents.visible_incident(ctx.session, public_id, ctx.now)
    number = 0 if row is None else row.id or 0
    return _follows(ctx, choices, incidents.services_named_by(ctx.session, [number]).get(number))


def _has_maintenance(ctx: Ctx, choices: Choices, public_id: str) -> bool:
    if choices.maintenances is MaintenanceLevel.NONE or not is_public_id(public_id):
        return False
    row = maintenances.visible_maintenance(ctx.session, public_id, ctx.now)
    number = 0 if row is None else row.id or 0
    named = maintenances.services_of_maintenances(ctx.session, [number]).get(number)
    return _follows(ctx, choices, named)


def _follows(ctx: Ctx, choices: Choices, named: list[int] | None) -> bool:
    known = services.services_by_id(ctx.session, set(named or ())).values()
    return any(row.slug in choices.followed.services for row in known)
