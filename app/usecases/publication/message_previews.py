"""Previews of the messages that a change would send, before it is made. Stores nothing."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.errors import ConflictError
from app.domain.notifications.notice import Notice
from app.domain.permissions import Action
from app.domain.publication import PreviewContent
from app.ports.channel import Channel
from app.usecases.context import Ctx
from app.usecases.notices.audience import AudienceCount, PlannedNotice, count_audience
from app.usecases.outbox.messages import MessageFacts
from app.usecases.public.listing import listing
from app.usecases.public.pages import facts
from app.usecases.publication import pending
from app.usecases.publication.commands import AnyCommand

__all__ = ["PlannedMessages", "plan_messages"]

_NO_ID = "0" * 12


@dataclass(frozen=True, slots=True)
class PlannedMessages:
    """What the messages would be rendered from, and how many subscribers would get one.

    `content` is the preview of the change on the page.
    """

    facts: MessageFacts
    content: PreviewContent
    audience: AudienceCount


def plan_messages(
    ctx: Ctx, command: AnyCommand, configured: Mapping[str, Channel], base_url: str
) -> PlannedMessages:
    """What the command would notify subscribers of if it were executed now.

    Raises ForbiddenError, what executing the command would raise, and ConflictError
    (`nobody_is_notified`) when it does not notify subscribers.
    """
    ctx.require(Action.EDIT)
    content = pending.dry_run(ctx, command)
    planned = command.planned_notice(ctx, content)
    record = content.incident or content.window
    if planned is None or record is None:
        raise ConflictError(
            "This change does not notify subscribers.", code="nobody_is_notified", field="notify"
        )
    about = MessageFacts(
        Notice(_NO_ID, planned.event, _thread(planned), None, _details(content), ctx.now),
        facts(ctx, base_url),
        record,
        listing(ctx, base_url),
    )
    return PlannedMessages(about, content, count_audience(ctx, planned, configured))


def _thread(planned: PlannedNotice) -> str:
    return f"{planned.subject.kind.value}:{planned.subject.id or _NO_ID}"


def _details(content: PreviewContent) -> Mapping[str, str]:
    """The times of a window, as a notice about it has them."""
    window = content.window
    if window is None:
        return {}
    return {"starts_at": window.starts_at.isoformat(), "ends_at": window.ends_at.isoformat()}
