"""Readers of the pages with which visitors subscribe, confirm, change and unsubscribe."""

from collections.abc import Iterable
from dataclasses import replace

from app.db.queries import maintenances, services
from app.db.queries.incidents import incidents
from app.db.tables import ServiceRow
from app.domain.errors import NotFoundError
from app.domain.notifications.events import IncidentLevel, MaintenanceLevel
from app.domain.notifications.states import SubscriberState
from app.domain.notifications.subscribers.choices import Followed
from app.domain.notifications.subscribers.masking import masked_address
from app.domain.page.subscribing import (
    ChoiceValues,
    FollowedSubject,
    Missing,
    RequestSentPage,
    ServiceChoice,
    ServiceChoices,
    SubscribePage,
    SubscriptionPage,
    UnsubscribePage,
)
from app.domain.validation import is_public_id, is_slug
from app.usecases.context import Ctx
from app.usecases.public.pages import facts
from app.usecases.public.subscription_summary import missing_of
from app.usecases.subscribers import own_subscription
from app.usecases.subscribers.availability import EMAIL, form_channels
from app.usecases.subscribers.requests import confirmation
from app.usecases.subscribers.web_push import read_public_key

__all__ = [
    "confirmation_page",
    "request_sent",
    "subscribe",
    "subscribe_to_incident",
    "subscribe_to_maintenance",
    "subscribe_to_service",
    "subscription_page",
    "unsubscribe_page",
]


def subscribe(ctx: Ctx, base_url: str = "") -> SubscribePage:
    """The form for the whole page."""
    return SubscribePage(
        facts(ctx, base_url),
        _service_choices(ctx),
        push_key=read_public_key(ctx),
        channels=form_channels(ctx),
    )


def subscribe_to_service(ctx: Ctx, service: str, base_url: str = "") -> SubscribePage:
    """The form with one service chosen. Raises NotFoundError."""
    row = services.find_services(ctx.session, [service] if is_slug(service) else []).get(service)
    if row is None or row.archived_at is not None:
        raise NotFoundError("There is no such service.", code="service_not_found")
    values = ChoiceValues(scope="chosen", services=frozenset({service}))
    return replace(subscribe(ctx, base_url), values=values, query=f"?service={service}")


def subscribe_to_incident(ctx: Ctx, incident: str, base_url: str = "") -> SubscribePage:
    """The form for one incident. Raises NotFoundError."""
    subject = _incident(ctx, incident)
    if subject is None:
        raise NotFoundError("There is no such incident.", code="incident_not_found")
    return _about_subject(ctx, subject, base_url)


def subscribe_to_maintenance(ctx: Ctx, maintenance: str, base_url: str = "") -> SubscribePage:
    """The form for one maintenance. Raises NotFoundError."""
    subject = _maintenance(ctx, maintenance)
    if subject is None:
        raise NotFoundError("There is no such maintenance.", code="maintenance_not_found")
    return _about_subject(ctx, subject, base_url)


def request_sent(ctx: Ctx, base_url: str = "") -> RequestSentPage:
    """The answer to a request."""
    return RequestSentPage(facts(ctx, base_url))


def confirmation_page(ctx: Ctx, link: str, base_url: str = "") -> SubscriptionPage:
    """The page of a link to confirm. Raises NotFoundError (`link_expired`)."""
    subscriber = confirmation.subscription_to_confirm(ctx, link)
    return SubscriptionPage(
        facts(ctx, base_url),
        link,
        subscriber,
        _service_choices(ctx),
        _subjects(ctx, subscriber.choices.followed),
    )


def subscription_page(
    ctx: Ctx, link: str, base_url: str = "", *, asked: Followed | None = None
) -> SubscriptionPage:
    """The page of a link to manage a subscription. Raises NotFoundError (`link_expired`).

    What was `asked` for is offered as far as it is not part of it.
    """
    own = own_subscription.own_subscription(ctx, link)
    choices = own.subscriber.choices
    record = SubscriptionPage(
        facts(ctx, base_url),
        link,
        own.subscriber,
        _service_choices(ctx),
        _subjects(ctx, choices.followed),
        own.deliveries,
        ChoiceValues.of(choices),
    )
    offered = None if asked is None else missing_of(ctx, choices, asked)
    return record if offered is None else _with_offer(ctx, record, offered)


def _with_offer(ctx: Ctx, record: SubscriptionPage, offered: Missing) -> SubscriptionPage:
    """The page with what is offered among its choices, and chosen."""
    values, more = record.values, offered.followed
    if more.is_whole_page:
        return replace(record, offered=offered, values=replace(values, scope="page"))
    values = replace(
        values,
        services=values.services.union(more.services),
        incident=values.incident.union(more.incidents),
        maintenance=values.maintenance.union(more.maintenances),
    )
    subjects = (*record.subjects, *_subjects(ctx, more))
    return replace(record, subjects=subjects, values=values, offered=offered)


def unsubscribe_page(ctx: Ctx, link: str, base_url: str = "") -> tuple[UnsubscribePage, str] | None:
    """The page of a link to unsubscribe, and the language of its subscriber.

    None when there is no subscription.
    """
    subscriber = own_subscription.subscription_to_end(ctx, link)
    if subscriber is None:
        return None
    choices = subscriber.choices
    can_reduce = subscriber.state is SubscriberState.ACTIVE and (
        choices.incidents is IncidentLevel.ALL or choices.maintenances is MaintenanceLevel.ALL
    )
    is_mail = subscriber.channel == EMAIL
    masked = masked_address(subscriber.address) if is_mail else subscriber.address
    return UnsubscribePage(facts(ctx, base_url), link, masked, can_reduce), choices.language


def _about_subject(ctx: Ctx, subject: FollowedSubject, base_url: str) -> SubscribePage:
    only = frozenset({subject.id})
    values = (
        ChoiceValues(scope="chosen", incident=only)
        if subject.kind == "incident"
        else ChoiceValues(scope="chosen", maintenance=only, maintenances=MaintenanceLevel.ALL.value)
    )
    query = f"?{subject.kind}={subject.id}"
    return replace(subscribe(ctx, base_url), groups=(), subject=subject, values=values, query=query)


def _subjects(ctx: Ctx, followed: Followed) -> tuple[FollowedSubject, ...]:
    found = (
        *(_incident(ctx, each) for each in followed.incidents),
        *(_maintenance(ctx, each) for each in followed.maintenances),
    )
    return tuple(each for each in found if each is not None)


def _incident(ctx: Ctx, public_id: str) -> FollowedSubject | None:
    if not is_public_id(public_id):
        return None
    row = incidents.visible_incident(ctx.session, public_id, ctx.now)
    path = f"/incidents/{public_id}"
    return None if row is None else FollowedSubject("incident", public_id, row.title, path)


def _maintenance(ctx: Ctx, public_id: str) -> FollowedSubject | None:
    if not is_public_id(public_id):
        return None
    row = maintenances.visible_maintenance(ctx.session, public_id, ctx.now)
    path = f"/maintenances/{public_id}"
    return None if row is None else FollowedSubject("maintenance", public_id, row.title, path)


def _service_choices(ctx: Ctx) -> tuple[ServiceChoices, ...]:
    """The services on the page by group, in the order of the page; those in no group are last."""
    rows = services.list_services(ctx.session)
    groups = services.list_groups(ctx.session)
    found = [ServiceChoices(group.name, _choices_in(rows, group.id)) for group in groups]
    found.append(ServiceChoices(None, _choices_in(rows, None)))
    return tuple(each for each in found if each.services)


def _choices_in(rows: Iterable[ServiceRow], group_id: int | None) -> tuple[ServiceChoice, ...]:
    return tuple(ServiceChoice(row.slug, row.name) for row in rows if row.group_id == group_id)
