"""Documents of webhooks: our own, and one in the form of Statuspage's notifications.

docs/channels/webhook.md describes them. Members are added, never changed, within a version.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from app.domain.notifications.notice import Notice
from app.domain.page.listing import ListedService, PageListing
from app.domain.page.pages import PageFacts
from app.domain.page.subscribing import SubscriptionSummary
from app.domain.records import AffectedService, IncidentRecord, MaintenanceRecord, UpdateRecord
from app.domain.texts.phrases import Text
from app.i18n.localization import Locale, localize
from app.rendering.formats.statuspage import render_notification
from app.rendering.messages.calendar_part import listing_of
from app.rendering.messages.contents import MOST_ENTRIES, MessageRecord, without_markers
from app.rendering.text.machine_language import MachineLanguage
from app.rendering.text.markdown_source import plain_body

__all__ = ["statuspage_document", "webhook_document"]

Json = dict[str, Any]
_VERSION = "1"


def webhook_document(
    notice: Notice,
    page: PageFacts,
    record: MessageRecord | None,
    locale: Locale,
    subscription: SubscriptionSummary | None = None,
) -> Json:
    """The members `type`, `version`, `timestamp` and `data`.

    `subscription` is what the subscriber gets whom the notice is about.
    """
    data: Json = {
        "page": {
            "id": page.id,
            "name": localize(page.name, locale).text,
            "url": f"{page.base_url}/{locale.language}/",
        },
        "language": locale.language,
    }
    if isinstance(record, IncidentRecord):
        data["incident"] = _incident(page, record, locale)
    elif isinstance(record, MaintenanceRecord):
        data["maintenance"] = _maintenance(notice, page, record, locale)
    elif subscription is not None:
        data["subscription"] = _subscription(subscription)
    return {
        "type": notice.event.value,
        "version": _VERSION,
        "timestamp": _stamp(notice.made_at),
        "data": data,
    }


def statuspage_document(
    page: PageFacts, record: MessageRecord | None, locale: Locale, listing: PageListing | None
) -> Json:
    """The document in Statuspage's form, empty for an event about a subscription.

    Without a `listing`, a component has its slug as id.
    """
    if record is None:
        return {}
    found = replace(listing or listing_of(page, record), page=page)
    known = {each.slug for each in (*found.services, *found.archived)}
    unknown = [each for each in record.services if each.slug not in known]
    archived = (*found.archived, *(_listed(each, page) for each in unknown))
    language = MachineLanguage(locale.language, is_explicit=True)
    return render_notification(replace(found, archived=archived), record, language)


def _subscription(summary: SubscriptionSummary) -> Json:
    choices = summary.choices
    return {
        "services": list(choices.followed.services),
        "only_incidents": list(choices.followed.incidents),
        "only_maintenances": list(choices.followed.maintenances),
        "incidents": choices.incidents.value,
        "maintenances": choices.maintenances.value,
        "minimum": choices.minimum.value,
        "time_zone": choices.time_zone,
    }


def _incident(page: PageFacts, incident: IncidentRecord, locale: Locale) -> Json:
    updates = [_update(each, locale) for each in incident.updates[:MOST_ENTRIES]]
    postmortem = incident.postmortem
    return {
        "id": incident.id,
        "url": f"{page.base_url}/{locale.language}/incidents/{incident.id}",
        "title": _text(incident.title, locale),
        "status": incident.status.value,
        "impact": incident.impact.value,
        "started_at": _stamp(incident.started_at),
        "resolved_at": _stamp_or_none(incident.resolved_at),
        "services": _services(incident.services, locale),
        "update": updates[0] if updates else None,
        "updates": updates,
        "postmortem": None
        if postmortem is None
        else {
            "body": _body(postmortem.body, locale),
            "published_at": _stamp(postmortem.published_at),
        },
    }


def _maintenance(
    notice: Notice, page: PageFacts, window: MaintenanceRecord, locale: Locale
) -> Json:
    updates = [
        {
            "id": each.id,
            "status": each.status.value,
            "body": _body(each.body, locale),
            "posted_at": _stamp(each.posted_at),
        }
        for each in window.updates[:MOST_ENTRIES]
    ]
    return {
        "id": window.series or window.id,
        "occurrence": _stamp_or_none(window.recurs_at),
        "url": f"{page.base_url}/{locale.language}{window.path}",
        "title": _text(window.title, locale),
        "body": _body(window.body, locale),
        "status": window.status.value,
        "starts_at": _time_of(notice.details, "starts_at", window.starts_at),
        "ends_at": _time_of(notice.details, "ends_at", window.ends_at),
        "services": _services(window.services, locale),
        "update": updates[0] if updates else None,
        "updates": updates,
    }


def _time_of(details: Mapping[str, Any], name: str, recorded: datetime) -> str:
    found = details.get(name)
    return _stamp(datetime.fromisoformat(found) if isinstance(found, str) else recorded)


def _update(update: UpdateRecord, locale: Locale) -> Json:
    return {
        "id": update.id,
        "status": update.status.value,
        "body": _body(update.body, locale),
        "posted_at": _stamp(update.posted_at),
        "next_update_at": _stamp_or_none(update.next_update_at),
    }


def _services(services: tuple[AffectedService, ...], locale: Locale) -> list[Json]:
    return [
        {
            "slug": each.slug,
            "name": localize(each.name, locale).text,
            "status": each.status.value,
        }
        for each in services
    ]


def _text(text: Text, locale: Locale) -> Json:
    shown = localize(text, locale)
    return {
        "text": without_markers(shown.text),
        "language": shown.language,
        "outdated": shown.outdated,
    }


def _body(text: Text, locale: Locale) -> Json:
    shown = plain_body(text, locale)
    return {
        "text": without_markers(shown.text),
        "language": shown.language,
        "outdated": shown.outdated,
    }


def _stamp(at: datetime) -> str:
    utc = at.astimezone(UTC).replace(tzinfo=None)
    return f"{utc.isoformat(timespec='milliseconds')}Z"


def _stamp_or_none(at: datetime | None) -> str | None:
    return None if at is None else _stamp(at)


def _listed(service: AffectedService, page: PageFacts) -> ListedService:
    """A service of which no listing knows more than an incident says."""
    name = service.name
    return ListedService(
        id=service.slug,
        slug=service.slug,
        name=name,  # type: ignore[arg-type]  # names of services are never phrases
        description=None,
        status=service.status,
        position=1,
        group_id=None,
        known_since=page.updated_at,
        created_at=page.updated_at,
        updated_at=page.updated_at,
    )
