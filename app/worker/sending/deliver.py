"""Job of the worker that sends deliveries: claims, connections, and the upkeep of the outbox."""

import asyncio
import logging
import random
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from app.domain.errors import UnavailableError
from app.domain.notifications.lanes import has_lane_per_address
from app.domain.ownership import ActorKind
from app.ports.channel import (
    Channel,
    FailureScope,
    Message,
    Outbound,
    PipelinedSender,
    Sender,
    SendError,
)
from app.ports.spans import Trace, untraced
from app.usecases import due_times
from app.usecases.context import Actor, Ctx, new_id
from app.usecases.database import Database
from app.usecases.outbox import claims, completion, outcomes, upkeep
from app.usecases.outbox.claims import LEASE, ClaimedDelivery, LaneState
from app.usecases.outbox.messages import StoredMessage
from app.usecases.outbox.outcomes import Attempt, AttemptResult
from app.usecases.outbox.recipients import RecipientMaker
from app.usecases.outbox.turns import Turns, next_turns, reserve_turns
from app.usecases.subscribers.addresses.address_hashes import AddressHashes
from app.usecases.subscribers.requests.confirmation import ConfirmationTools
from app.worker.sending.journal import Journal, abandoned_journals
from app.worker.sending.lanes import REFUSALS, Held, Lane, SendingRules
from app.worker.sending.messages import MessageSource
from app.worker.sending.outcomes import OutcomeWriter, unexpected_error
from app.worker.sending.pace import Pace, own_clock
from app.worker.sending.sending_thread import SendingThread

__all__ = ["Deliverer"]

_log = logging.getLogger(__name__)

_ACTOR = Actor(ActorKind.WORKER, "worker")
_POLL_SECONDS = 0.5
# An instant that passes meanwhile must not become a busy loop.
_SHORTEST_PAUSE = 0.01
_UPKEEP_SECONDS = 20.0
# A send does not begin when the lease ends so soon.
_LEASE_MARGIN = 5.0
_IDLE_SECONDS = 5.0
_HTTP_CONNECTIONS = 64
_LANES_AT_ONCE = 20
# `fyr serve` kills its worker five seconds after it asked it to end.
_LAST_SEND_SECONDS = 3.0


def _polling(_due_at: datetime | None) -> float:
    return _POLL_SECONDS


@dataclass(slots=True)
class Deliverer:
    """Sends what is due, each lane for itself.

    `folder` has the journals of all workers of this machine. `longest_pause` returns how long to
    wait for `wake`, given when the next delivery is due. Create it in the event loop.
    """

    database: Database
    channels: Mapping[str, Channel]
    outbound: Outbound
    messages: MessageSource
    recipients: RecipientMaker
    folder: Path
    hashes: AddressHashes
    rules: SendingRules = field(default_factory=SendingRules)
    clock: Callable[[], float] = own_clock
    trace: Trace = untraced
    longest_pause: Callable[[datetime | None], float] = _polling
    worker: str = field(default_factory=new_id)
    journal: Journal = field(init=False)
    writer: OutcomeWriter = field(init=False)
    _lanes: dict[str, Lane] = field(default_factory=dict)
    _threads: dict[str, SendingThread] = field(default_factory=dict)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _progress: asyncio.Event = field(default_factory=asyncio.Event)
    _is_closing: bool = False
    _next_upkeep: float = 0.0
    _ended: dict[str, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.journal = Journal(self.folder, self.worker)
        self.writer = OutcomeWriter(
            self.database, self.journal, ConfirmationTools(self.hashes, self.recipients.box)
        )

    def wake(self) -> None:
        """Look for due deliveries at once."""
        self._wake.set()

    async def run_due(self) -> float:
        """Claim what is due and hand it to connections; return the seconds until the next call."""
        self._wake.clear()
        if self.clock() >= self._next_upkeep:
            await self._keep_up()
            self._next_upkeep = self.clock() + _UPKEEP_SECONDS
        pause = await self._claim()
        if pause > 0:
            pause = min(pause, max(self._next_upkeep - self.clock(), _SHORTEST_PAUSE))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), pause)
        return 0.0

    async def finish(self) -> None:
        """Wait until everything that was claimed is sent or put back."""
        while any(lane.is_busy for lane in self._lanes.values()):
            self._progress.clear()
            await self._progress.wait()
        await self.writer.finish()

    async def close(self) -> None:
        """Put back what is not being sent, and wait a moment for the rest.

        What is still being sent then stays with this worker: the next one puts it back, unless the
        journal says that it was accepted.
        """
        self._is_closing = True
        lanes = list(self._lanes.values())
        tasks = {task for lane in lanes for task in lane.tasks}
        for lane in lanes:
            lane.queue.clear()
            lane.ready.set()
        if tasks:
            await asyncio.wait(tasks, timeout=_LAST_SEND_SECONDS)
        is_finished = all(task.done() for task in tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        try:
            async with asyncio.timeout(_LAST_SEND_SECONDS):
                await self.writer.finish()
                if is_finished:
                    await asyncio.to_thread(self._put_back_all)
        except (TimeoutError, UnavailableError):
            is_finished = False
        self.writer.close()
        self.journal.close(remove=is_finished)

    # -- claiming ------------------------------------------------------------------------------

    async def _claim(self) -> float:
        """Claim for every lane with room; the seconds to wait when nothing was claimed, or 0."""
        states, next_at = await asyncio.to_thread(self._due_lanes)
        if not states:
            return max(self.longest_pause(next_at), _SHORTEST_PAUSE)
        # Of many hosts, each has its turn: one transaction claims for some of them.
        random.shuffle(states)
        limits: dict[str, int] = {}
        chosen: dict[str, Lane] = {}
        for state in states:
            if len(limits) == _LANES_AT_ONCE:
                break
            lane = self._lane_of(state)
            room = 0 if lane is None else lane.room(failures=state.failures)
            if lane is not None and room:
                limits[state.name], chosen[state.name] = room, lane
        return 0.0 if limits and await self._queue(limits, chosen) else _POLL_SECONDS

    async def _queue(self, limits: Mapping[str, int], chosen: Mapping[str, Lane]) -> bool:
        """Claim as many deliveries for these lanes; whether something was claimed."""
        begun = self.clock()
        found, turns = await asyncio.to_thread(self._claim_lanes, limits, chosen)
        for name, taken in turns.items():
            chosen[name].pace.begin(begun + taken.starts_in)
        for each in found:
            # A lane is removed when its last connection ends, which can be during the claim.
            lane = self._lanes.setdefault(each.lane, chosen[each.lane])
            lane.is_paused = lane.is_asking = False
            lane.queue.append(Held(each, begun, begun + LEASE.total_seconds()))
        for name in {each.lane for each in found}:
            self._open_connections(self._lanes[name])
        return bool(found)

    def _due_lanes(self) -> tuple[list[LaneState], datetime | None]:
        """The lanes to claim for; when there are none, the time at which there may be some."""
        with self.database.reading(_ACTOR) as ctx:
            lanes = list(claims.due_lanes(ctx))
            return lanes, None if lanes else due_times.next_delivery(ctx)

    def _claim_lanes(
        self, limits: Mapping[str, int], lanes: Mapping[str, Lane]
    ) -> tuple[list[ClaimedDelivery], dict[str, Turns]]:
        """What is claimed, and the turns of the lanes with a limited rate."""
        found: list[ClaimedDelivery] = []
        turns: dict[str, Turns] = {}
        # What a loss of power takes back is claimed again.
        with self.database.writing(_ACTOR, durable=False) as ctx:
            for name, limit in limits.items():
                free, pace = Turns(limit), lanes[name].pace
                if pace.is_limited:
                    free = turns[name] = next_turns(ctx, name, pace.limit, limit)
                claimed = self._claim_lane(ctx, name, free.number)
                reserve_turns(ctx, name, free, len(claimed))
                found += claimed
        return found, turns

    def _claim_lane(self, ctx: Ctx, name: str, limit: int) -> Sequence[ClaimedDelivery]:
        if not limit:
            return ()
        return claims.claim(
            ctx,
            name,
            limit=limit,
            worker=self.worker,
            recipients=self.recipients,
            coalesce=self.rules.coalesce,
        )

    def _lane_of(self, state: LaneState) -> Lane | None:
        """The lane, None when its channel is not set up, or too many hosts are busy."""
        lane = self._lanes.get(state.name)
        if lane is None:
            channel = self.channels.get(state.name.partition(":")[0])
            if channel is None:
                return None
            most = self.rules.connections.get(state.name, self.rules.connections_per_host)
            pace = Pace(self.rules.rates.get(state.name), state.rate)
            lane = self._lanes[state.name] = Lane(state.name, channel, most, pace)
            lane.refusals = REFUSALS if state.is_denied else 0
        else:
            lane.pace.adopt(state.rate, self.clock())
        if has_lane_per_address(lane.channel.kind) and not lane.tasks:
            busy = sum(
                len(each.tasks)
                for each in self._lanes.values()
                if has_lane_per_address(each.channel.kind)
            )
            return lane if busy < _HTTP_CONNECTIONS else None
        return lane

    # -- connections ---------------------------------------------------------------------------

    def _open_connections(self, lane: Lane) -> None:
        wanted = min(lane.most, len(lane.queue) + len(lane.sending))
        while len(lane.tasks) < wanted:
            task = asyncio.create_task(self._connect(lane))
            lane.tasks.add(task)
            task.add_done_callback(lambda ended: self._connection_ended(lane, ended))
        lane.ready.set()

    def _connection_ended(self, lane: Lane, task: asyncio.Task[None]) -> None:
        lane.tasks.discard(task)
        self._progress.set()
        if not task.cancelled() and task.exception() is not None:
            _log.error("outbox.connection_broke lane=%s", lane.name, exc_info=task.exception())
        if not (lane.tasks or lane.queue or lane.refusals or lane.pace.rate):
            self._lanes.pop(lane.name, None)
        elif lane.queue and not lane.tasks and not self._is_closing:
            self._open_connections(lane)

    async def _connect(self, lane: Lane) -> None:
        """One connection: sends the next delivery when the former one is recorded."""
        try:
            options = await asyncio.to_thread(self._options, lane.channel.kind)
            async with lane.channel.open(self.outbound, options) as sender:
                while (held := await self._next(lane)) is not None:
                    await self._deliver(lane, sender, held)
                    if lane.asks_for_more():
                        self._wake.set()
                    if isinstance(sender, PipelinedSender):
                        await self._send_in_thread(lane, sender)
        except Exception as error:  # noqa: BLE001  # a channel that cannot be opened is a lane in trouble
            await self._broke(lane, error)

    async def _broke(self, lane: Lane, error: Exception) -> None:
        failure = error if isinstance(error, SendError) else unexpected_error(error)
        failure = replace(failure, scope=FailureScope.LANE)
        while (held := lane.take()) is not None:
            attempt = Attempt(held.delivery, AttemptResult.UNSENT, lane.channel.retries)
            await self._failed(lane, attempt, failure)
            lane.sending.discard(held.delivery.number)

    def _options(self, kind: str) -> Mapping[str, Any]:
        # Push services may write to the contact, which is a URL or a mail address.
        known = {"contact": self.recipients.base_url, **self.rules.options.get(kind, {})}
        with self.database.reading(_ACTOR) as ctx:
            return {**claims.channel_options(ctx, self.recipients.box, kind), **known}

    async def _next(self, lane: Lane) -> Held | None:
        """The next delivery of a lane; None when there is none for a while."""
        deadline = self.clock() + _IDLE_SECONDS
        while (held := lane.take()) is None:
            if self._is_closing or lane.is_paused or self.clock() >= deadline:
                return None
            lane.ready.clear()
            try:
                await asyncio.wait_for(lane.ready.wait(), _IDLE_SECONDS)
            except TimeoutError:
                return None
        return held

    async def _deliver(self, lane: Lane, sender: Sender, held: Held) -> None:
        try:
            attempt = Attempt(held.delivery, AttemptResult.UNSENT, lane.channel.retries)
            if not self._is_ours(lane, held):
                await self.writer.record(attempt)
                return
            stored = await self._message(attempt)
            if stored is None:
                return
            pause = lane.pace.turn(self.clock())
            if pause > 0:
                await asyncio.sleep(pause)
            # Waiting for the message and for the turn can take long.
            if not self._is_ours(lane, held):
                await self.writer.record(attempt)
                return
            await self._send(lane, sender, replace(attempt, message=stored.number), stored.message)
        finally:
            lane.sending.discard(held.delivery.number)
            self._progress.set()

    async def _message(self, attempt: Attempt) -> StoredMessage | None:
        """The message of a delivery; None when there is none, which is recorded."""
        try:
            stored = await self.messages.message_of(attempt.delivery)
        except UnavailableError:
            await self.writer.record(attempt)
        except Exception as error:  # noqa: BLE001  # one message must not stop the others
            failure = unexpected_error(error)
            await self.writer.record(replace(attempt, result=AttemptResult.FAILED, error=failure))
        else:
            if stored is None:
                await self.writer.record(replace(attempt, result=AttemptResult.HIDDEN))
            return stored
        return None

    async def _send(self, lane: Lane, sender: Sender, attempt: Attempt, message: Message) -> None:
        delivery, begun, span = attempt.delivery, self.clock(), lane.span("delivery")
        try:
            receipt = await sender.send(message, delivery.recipient, delivery.id)
        except Exception as error:  # noqa: BLE001  # a sender raises SendError alone
            failure = error if isinstance(error, SendError) else unexpected_error(error)
            span.error = failure.code
            self.trace(span)
            milliseconds = int((self.clock() - begun) * 1000)
            await self._failed(lane, replace(attempt, milliseconds=milliseconds), failure)
            return
        self.trace(span)
        lane.note_success(self.clock() - begun)
        await self.writer.record(
            replace(
                attempt,
                result=AttemptResult.SENT,
                external_id=receipt.external_id,
                is_confirmed=receipt.is_confirmed,
            )
        )

    async def _send_in_thread(self, lane: Lane, sender: PipelinedSender) -> None:
        """Send what is in the queue in the thread of the lane, as long as that goes well."""
        thread = self._threads.get(lane.name)
        if thread is None or thread.lane is not lane:
            ask = partial(asyncio.get_running_loop().call_soon_threadsafe, self._wake.set)
            thread = self._threads[lane.name] = SendingThread(
                lane, self.messages, self.writer, self.clock, self._is_ours, ask
            )
        while thread.can_send(sender) and lane.queue:
            span = lane.span("deliveries")
            left = await thread.send_queue(sender)
            span.error = left.failure.code if left is not None and left.failure is not None else ""
            self.trace(span)
            if left is not None and left.attempt is not None and left.failure is not None:
                await self._failed(lane, left.attempt, left.failure)
                lane.sending.discard(left.held.delivery.number)
            elif left is not None:
                # It is known there what to do, such as to open the connection again.
                await self._deliver(lane, sender, left.held)
            self._progress.set()

    async def _failed(self, lane: Lane, attempt: Attempt, error: SendError) -> None:
        rate = lane.pace.rate
        failure = lane.judge(error, attempt.delivery, self.clock())
        if lane.pace.rate != rate:
            await asyncio.to_thread(self._store_rate, lane.name, lane.pace.rate)
        if failure.scope is not FailureScope.LANE:
            await self.writer.record(replace(attempt, result=AttemptResult.FAILED, error=failure))
            return
        if not lane.is_paused:
            _log.warning("lane.paused kind=%s code=%s", lane.channel.kind, failure.code)
        lane.is_paused = True
        await self.writer.record(replace(attempt, result=AttemptResult.LANE_FAILED, error=failure))
        await self._put_back(lane)

    def _store_rate(self, lane: str, rate: float | None) -> None:
        with self.database.writing(_ACTOR) as ctx:
            outcomes.store_rate(ctx, lane, rate)

    def _is_ours(self, lane: Lane, held: Held) -> bool:
        """Whether a claim is still good: its lease, by our own clock, and its age."""
        now = self.clock()
        return not (
            self._is_closing
            or lane.is_paused
            or now >= held.lease_until - _LEASE_MARGIN
            or lane.is_stale(held, now)
        )

    def _put_back_all(self) -> None:
        with self.database.writing(_ACTOR) as ctx:
            upkeep.put_back(ctx, self.worker)

    async def _put_back(self, lane: Lane) -> None:
        """Let everything in the queue of a lane wait again."""
        queued = []
        while (held := lane.take()) is not None:
            queued.append(held.delivery)
        unsent = (Attempt(each, AttemptResult.UNSENT, lane.channel.retries) for each in queued)
        await asyncio.gather(*(self.writer.record(each) for each in unsent))
        lane.sending.difference_update(each.number for each in queued)

    # -- upkeep --------------------------------------------------------------------------------

    async def _keep_up(self) -> None:
        await self._renew()
        await asyncio.to_thread(self._recover)
        more = await asyncio.to_thread(self._is_waiting)
        while more:
            more = await asyncio.to_thread(self._shorten_backlog)
            await asyncio.sleep(0.01)
        more = await asyncio.to_thread(self._is_completed)
        while more:
            more = await asyncio.to_thread(self._complete_notices)
            await asyncio.sleep(0.01)
        for lane in list(self._lanes.values()):
            if lane.pace.recover(self.clock()):
                await asyncio.to_thread(self._store_rate, lane.name, lane.pace.rate)

    async def _renew(self) -> None:
        """Renew the leases of what is in hand, and of that alone which is still ours.

        A worker that was stopped for longer than a lease finds here what others have taken.
        """
        held: list[Held] = []
        numbers: set[int] = set()
        for lane in self._lanes.values():
            queue, busy = lane.held()
            held += queue
            numbers |= busy
        if not numbers:
            return
        begun = self.clock()
        ours = await asyncio.to_thread(self._renew_leases, numbers)
        for each in held:
            is_good = begun < each.lease_until and each.delivery.number in ours
            each.lease_until = begun + LEASE.total_seconds() if is_good else begun

    def _renew_leases(self, numbers: Collection[int]) -> Collection[int]:
        with self.database.writing(_ACTOR) as ctx:
            return claims.renew(ctx, self.worker, numbers)

    def _recover(self) -> None:
        """Put back what workers that have ended held, and mark what they had sent."""
        with abandoned_journals(self.folder, self.worker) as found:
            for journal in found:
                with self.database.writing(_ACTOR) as ctx:
                    outcomes.apply_journal(ctx, journal.worker, journal.accepted)
        with self.database.reading(_ACTOR) as ctx:
            ended = dict(upkeep.expired_leases(ctx))
        # A clock that was put forward ends every lease. A worker that lives has renewed its own
        # by the next time; only what is unchanged then is put back.
        for worker, until in ended.items():
            if self._ended.get(worker) == until:
                with self.database.writing(_ACTOR) as ctx:
                    upkeep.put_back(ctx, worker, until=until)
        self._ended = ended

    def _is_waiting(self) -> bool:
        with self.database.reading(_ACTOR) as ctx:
            return upkeep.is_waiting(ctx)

    def _is_completed(self) -> bool:
        with self.database.reading(_ACTOR) as ctx:
            return completion.has_completed(ctx)

    def _complete_notices(self) -> bool:
        with self.database.writing(_ACTOR) as ctx:
            return completion.complete_notices(ctx)

    def _shorten_backlog(self) -> bool:
        with self.database.writing(_ACTOR) as ctx:
            more = upkeep.expire(ctx)
            return upkeep.supersede_waiting(ctx, self.rules.coalesce) or more
