"""A receiving system in this process, and workers that send to it."""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlmodel import col, select

from app.db.tables import DeliveryRow
from app.domain.maintenances.maintenance import MaintenanceUpdate
from app.domain.notifications.retries import EMAIL_RETRIES, RetrySchedule
from app.domain.records import UpdateRecord
from app.domain.texts.localized_text import LocalizedText
from app.ports.channel import (
    Card,
    Channel,
    Field,
    FieldProblem,
    HttpReply,
    Message,
    Outbound,
    Receipt,
    Recipient,
    Sender,
    SendError,
)
from app.usecases.encryption import SecretBox
from app.usecases.outbox.messages import MessageFacts
from app.usecases.outbox.recipients import RecipientMaker
from app.worker.fan_out import FanOut
from app.worker.sending.deliver import Deliverer
from app.worker.sending.lanes import SendingRules
from app.worker.sending.messages import MessageSource
from tests.cast import BASE_URL, Backend
from tests.fakes import fake_hashes

__all__ = ["FakeChannel", "Worker", "delivery_states", "render_plainly"]

Answer = SendError | None | Exception


def render_plainly(facts: MessageFacts, language: str, time_zone: str) -> Message:
    """A message with the texts of the record, oldest first, one a line."""
    notice, record = facts.notice, facts.record
    updates: Sequence[UpdateRecord | MaintenanceUpdate] = record.updates if record else ()
    texts = [each.body for each in reversed(updates)]
    body = "\n".join(dict(each)["en"] for each in texts if isinstance(each, LocalizedText))
    card = Card(f"{notice.event}: {notice.thread}", body, BASE_URL, "Read on", "Page", "neutral")
    return Message(
        notice.id,
        notice.event,
        notice.thread,
        language,
        is_right_to_left=False,
        title=card.headline,
        text=f"{body}\n\ue000 \ue001\n",
        html=f"<p>{body}</p>",
        card=card,
        made_at=notice.made_at.isoformat(),
        document={"status": None if record is None else record.status.value},
    )


class NoOutbound:
    """An outbound that is not used."""

    def mail(self) -> Any:  # noqa: ANN401
        raise NotImplementedError

    async def post(
        self,
        url: str,
        *,
        content: bytes,
        headers: Mapping[str, str],
        timeout_seconds: float = 20.0,
    ) -> HttpReply:
        raise NotImplementedError

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        raise NotImplementedError


@dataclass
class FakeChannel:
    """A channel that remembers what it was given. `answers` are the next ones by address.

    A message to an address in `stuck` is not answered until its event is set.
    """

    kind: str = "email"
    is_room: bool = True
    retries: RetrySchedule = EMAIL_RETRIES
    fields: Sequence[Field] = ()
    answers: dict[str, deque[Answer]] = field(default_factory=lambda: defaultdict(deque))
    every: Answer = None
    stuck: dict[str, asyncio.Event] = field(default_factory=dict)
    before: Callable[[Recipient], object] = lambda _to: None
    received: list[tuple[str, str, str]] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    recipients: list[Recipient] = field(default_factory=list)
    connections: int = 0
    most: int = 0
    # Set when a message is stuck, and when one is accepted.
    is_stuck: asyncio.Event = field(default_factory=asyncio.Event)
    has_accepted: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def name(self) -> str:
        return self.kind

    def check(self, values: Mapping[str, str]) -> Mapping[str, FieldProblem]:
        return {}

    def address(self, values: Mapping[str, str]) -> str:
        return ""

    @asynccontextmanager
    async def open(self, outbound: Outbound, options: Mapping[str, Any]) -> AsyncIterator[Sender]:
        self.connections += 1
        self.most = max(self.most, self.connections)
        try:
            yield self
        finally:
            self.connections -= 1

    async def send(self, message: Message, to: Recipient, key: str) -> Receipt:
        self.before(to)
        await asyncio.sleep(0)
        if to.address in self.stuck:
            self.is_stuck.set()
            await self.stuck[to.address].wait()
        queue = self.answers[to.address]
        answer = queue.popleft() if queue else self.every
        if isinstance(answer, Exception):
            raise answer
        self.received.append((to.address, message.event, key))
        self.messages.append(message)
        self.recipients.append(to)
        self.has_accepted.set()
        return Receipt(external_id=f"x-{len(self.received)}")

    def addresses(self) -> list[str]:
        """To whom messages were accepted, in order."""
        return [address for address, _, _ in self.received]


class Worker:
    """The jobs of a worker that concern notices, with a clock of its own that does not move."""

    def __init__(
        self,
        backend: Backend,
        folder: Path,
        *channels: Channel,
        outbound: Outbound | None = None,
        name: str = "one",
        rules: SendingRules | None = None,
        render: Any = render_plainly,  # noqa: ANN401
    ) -> None:
        self.seconds = 1000.0
        by_kind = {each.kind: each for each in channels}
        self.deliverer = Deliverer(
            backend.database,
            by_kind,
            outbound or NoOutbound(),
            MessageSource(backend.database, render, BASE_URL),
            RecipientMaker(SecretBox(lambda: b"k" * 32), BASE_URL),
            folder,
            fake_hashes(),
            rules or SendingRules(coalesce=timedelta(minutes=10)),
            clock=lambda: self.seconds,
            worker=name,
        )
        self.fan_out = FanOut(backend.database, by_kind, self.deliverer.wake)

    async def fan_out_all(self) -> None:
        """Make all deliveries."""
        while self.fan_out._step() is not None:
            pass

    async def claim(self) -> None:
        """Claim once, without waiting."""
        self.deliverer.wake()
        await self.deliverer._claim()

    async def keep_up(self) -> None:
        """Do the upkeep that is due every twenty seconds."""
        await self.deliverer._keep_up()

    async def run(self) -> None:
        """Send all that is due."""
        await self.fan_out_all()
        while True:
            pause = await self.deliverer._claim()
            await self.deliverer.finish()
            if pause > 0:
                return

    async def close(self) -> None:
        await self.deliverer.close()


def delivery_states(backend: Backend) -> list[str]:
    """The states of all deliveries, oldest first."""
    with backend.reading() as ctx:
        found = ctx.session.exec(select(DeliveryRow.state).order_by(col(DeliveryRow.id)))
        return list(found)
