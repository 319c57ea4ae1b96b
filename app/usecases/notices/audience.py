"""Audience of a notice: who is notified, counted by channel and language before it is recorded."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from app.db.queries import maintenances, services
from app.db.queries.incidents import incidents
from app.db.queries.outbox import audience
from app.db.queries.outbox.audience import AudienceFilter
from app.db.queries.page import page
from app.db.queries.subscribers import channels
from app.db.tables import NoticeRow
from app.domain.notifications.events import NoticeEvent
from app.domain.publication import Subject, SubjectKind
from app.domain.statuses import Impact
from app.i18n.regional_formats import published_tag
from app.ports.channel import Channel, can_be_room
from app.usecases.context import Ctx

__all__ = [
    "AudienceCount",
    "PlannedNotice",
    "count_audience",
    "filter_of",
    "sendable_kinds",
]


@dataclass(frozen=True, slots=True)
class PlannedNotice:
    """A notice that is not recorded yet. `services` are the slugs that it names or has named.

    `occurrence` is the id of a window of a recurring maintenance.
    """

    event: NoticeEvent
    subject: Subject
    services: Collection[str]
    impact: Impact = Impact.NONE
    occurrence: str | None = None


@dataclass(frozen=True, slots=True)
class AudienceCount:
    """The number of subscribers who would be notified, by channel, then by language."""

    by_channel: Mapping[str, Mapping[str, int]]

    @property
    def total(self) -> int:
        """The number of all of them."""
        return sum(sum(each.values()) for each in self.by_channel.values())


def sendable_kinds(ctx: Ctx, configured: Mapping[str, Channel]) -> frozenset[str]:
    """The kinds of channels that can send: those that are configured and not switched off.

    Rooms need no set-up besides their own, also where they are webhooks. The other channels are
    set up in a row of `channel`.
    """
    enabled = channels.enabled_by_kind(ctx.session)
    return frozenset(
        kind for kind, channel in configured.items() if enabled.get(kind, can_be_room(channel))
    )


def count_audience(
    ctx: Ctx, planned: PlannedNotice, configured: Mapping[str, Channel]
) -> AudienceCount:
    """Count who would be notified if the notice were recorded now."""
    subject = planned.subject
    about = AudienceFilter(
        planned.event,
        _thread(planned),
        subject.kind.value,
        _row_id(ctx, subject),
        [row.id or 0 for row in services.find_services(ctx.session, planned.services).values()],
        planned.impact,
        ctx.now,
        sendable_kinds(ctx, configured),
    )
    languages = page.read_page(ctx.session).languages
    counts: dict[str, dict[str, int]] = {}
    for channel, language, number in audience.count_notified(ctx.session, about):
        by_language = counts.setdefault(channel, {})
        # Readers of `en-gb` read the text in `en`.
        published = published_tag(language, languages) or language
        by_language[published] = by_language.get(published, 0) + number
    return AudienceCount(counts)


def filter_of(notice: NoticeRow, kinds: Collection[str]) -> AudienceFilter:
    """The filter for the audience of a recorded notice."""
    return AudienceFilter(
        NoticeEvent(notice.event),
        notice.thread,
        notice.subject_kind,
        notice.subject_id,
        notice.services,
        Impact(notice.impact),
        notice.made_at,
        kinds,
    )


def _thread(planned: PlannedNotice) -> str:
    thread = f"{planned.subject.kind.value}:{planned.subject.id}"
    return thread if planned.occurrence is None else f"{thread}/{planned.occurrence}"


def _row_id(ctx: Ctx, subject: Subject) -> int | None:
    if subject.id is None:
        return None
    if subject.kind is SubjectKind.INCIDENT:
        incident = incidents.find_incident(ctx.session, subject.id)
        return None if incident is None else incident.id
    maintenance = maintenances.find_maintenance(ctx.session, subject.id)
    return None if maintenance is None else maintenance.id
