"""Messages of the worker: found, or rendered once and stored, for each language and time zone."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from app.domain.ownership import ActorKind
from app.ports.channel import Message
from app.rendering.messages.message import render_message
from app.usecases.context import Actor
from app.usecases.database import Database
from app.usecases.outbox import messages
from app.usecases.outbox.claims import ClaimedDelivery
from app.usecases.outbox.messages import MessageFacts, StoredMessage

__all__ = ["MessageSource", "Render", "render"]

_ACTOR = Actor(ActorKind.WORKER, "worker")
_REMEMBERED = 64

# facts, language, time zone
Render = Callable[[MessageFacts, str, str], Message]
_Key = tuple[int, str, str]


def render(facts: MessageFacts, language: str, time_zone: str) -> Message:
    """The message of a notice, as it is sent."""
    message = render_message(
        facts.notice,
        facts.page,
        facts.record,
        language=language,
        time_zone=time_zone,
        base_url=facts.page.base_url,
        listing=facts.listing,
        subscription=facts.subscription,
    )
    return replace(message, pictures=facts.pictures)


@dataclass(slots=True)
class MessageSource:
    """Gives the message of a delivery. `render` is called in a thread, outside transactions."""

    database: Database
    render: Render
    base_url: str
    _found: dict[_Key, asyncio.Task[StoredMessage | None]] = field(default_factory=dict)

    def known(self, delivery: ClaimedDelivery) -> StoredMessage | None:
        """The message, if it was found before. May be called from any thread."""
        key = (delivery.notice_id, delivery.language, delivery.time_zone)
        task = self._found.get(key)
        return None if task is None or not task.done() or _is_useless(task) else task.result()

    async def message_of(self, delivery: ClaimedDelivery) -> StoredMessage | None:
        """The message; None when visitors may not see what it is about any more.

        Connections that need one message at one time share the work. Raises FyrError, and what
        rendering raises.
        """
        key = (delivery.notice_id, delivery.language, delivery.time_zone)
        task = self._found.get(key)
        if task is None or (task.done() and _is_useless(task)):
            task = asyncio.create_task(asyncio.to_thread(self._make, *key))
            self._found.pop(key, None)
            self._found[key] = task
            while len(self._found) > _REMEMBERED:
                del self._found[next(iter(self._found))]
        return task.result() if task.done() else await asyncio.shield(task)

    def _make(self, notice_id: int, language: str, time_zone: str) -> StoredMessage | None:
        with self.database.reading(_ACTOR) as ctx:
            stored = messages.find_message(ctx, notice_id, language, time_zone)
            if stored is not None:
                return stored
            facts = messages.facts_of(ctx, notice_id, self.base_url)
        if facts is None:
            return None
        message = self.render(facts, language, time_zone)
        with self.database.writing(_ACTOR) as ctx:
            return messages.store_message(ctx, notice_id, language, time_zone, message)


def _is_useless(task: asyncio.Task[StoredMessage | None]) -> bool:
    """Whether a finished task has failed or found nothing: it is done again."""
    return task.cancelled() or task.exception() is not None or task.result() is None
