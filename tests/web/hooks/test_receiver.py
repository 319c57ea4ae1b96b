"""Events that arrive at once are stored together, and each sender learns of its own."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from app.db.engine import make_engine
from app.db.queries.sources import hook_events
from app.domain.alerts.event_filter import EventFilter
from app.domain.alerts.sources import EventVerdict
from app.domain.errors import UnavailableError
from app.monitors import ADAPTERS
from app.usecases.context import SHELL
from app.usecases.database import Database
from app.usecases.encryption import SecretBox
from app.usecases.sources import events, sources
from app.usecases.sources.inbox import ReceivedEvent
from app.usecases.sources.quota import HookQuota
from app.usecases.sources.records import NewSource, SourceCredentials
from app.web.intake.receiver import Receiver
from tests.cast import ADA, Backend, open_backend
from tests.databases import PostgresDatabases
from tests.web.hooks.losing_proxy import losing_proxy
from tests.web.page_cache.conftest import eventually

pytestmark = pytest.mark.anyio

BOX = SecretBox(lambda: b"k" * 32)


@pytest.fixture
def backend(sqlite_url: str) -> Iterator[Backend]:
    with open_backend(sqlite_url) as opened:
        yield opened


@pytest.fixture
def backend_on_each_database(database_url: str) -> Iterator[Backend]:
    with open_backend(database_url) as opened:
        yield opened


@asynccontextmanager
async def receiving(database: Database) -> AsyncIterator[Receiver]:
    """A receiver with its threads; at the end, all that is queued is stored."""
    receiver = Receiver(database, ADAPTERS, BOX, HookQuota())
    receiver.start()
    try:
        yield receiver
    finally:
        await asyncio.to_thread(receiver.close)


def new_source(backend: Backend) -> tuple[str, SourceCredentials]:
    """The id of a new source, and its credentials."""
    with backend.writing(ADA) as ctx:
        made = sources.add_source(ctx, BOX, NewSource("generic", "Cron"), ADAPTERS)
    with backend.reading() as ctx:
        found = sources.find_credentials(ctx, BOX, made.token or "")
    assert found is not None
    return made.source.id, found


def event(backend: Backend, credentials: SourceCredentials, name: str) -> ReceivedEvent:
    body = f'{{"dedup_key": "{name}", "status": "resolved"}}'.encode()
    return ReceivedEvent(credentials.source_id, backend.clock(), "POST", "", "", {}, body)


async def stored_at_once(
    backend: Backend, receiver: Receiver, found: list[ReceivedEvent], by: SourceCredentials
) -> list[str | UnavailableError | None]:
    """The results of storing these events, all of which arrive during one commit."""
    with backend.writing(SHELL):
        tasks = [asyncio.create_task(receiver.store(each, by)) for each in found]
        # Each task runs until its event is queued.
        await asyncio.sleep(0)
    return await asyncio.gather(*tasks, return_exceptions=True)  # type: ignore[return-value]


async def test_events_that_arrive_during_a_commit_are_all_stored(backend: Backend) -> None:
    id, by = new_source(backend)
    sent = [event(backend, by, f"alert-{number}") for number in range(30)]
    async with receiving(backend.database) as receiver:
        ids = await stored_at_once(backend, receiver, sent, by)
    with backend.reading(ADA) as ctx:
        listed = events.list_events(ctx, id, cursor=None, limit=100).items
    assert {each.id for each in listed} == set(ids)
    assert len(ids) == 30


async def test_an_event_that_cannot_be_stored_fails_no_other_of_its_commit(
    backend: Backend,
) -> None:
    _, by = new_source(backend)
    sent = [event(backend, by, f"alert-{number}") for number in range(5)]
    # No database has an integer of this size.
    sent[2] = replace(sent[2], source=2**70)
    async with receiving(backend.database) as receiver:
        results = await stored_at_once(backend, receiver, sent, by)
    assert [isinstance(each, UnavailableError) for each in results] == [
        *(False, False, True),
        *(False, False),
    ]


@pytest.mark.parametrize("earlier", [0, 1])
async def test_repeats_within_one_commit_get_the_id_of_the_first(
    backend_on_each_database: Backend, earlier: int
) -> None:
    backend = backend_on_each_database
    id, by = new_source(backend)
    repeated = replace(event(backend, by, "alert"), headers={"idempotency-key": "one"})
    sent = [repeated, event(backend, by, "other"), repeated, repeated]
    async with receiving(backend.database) as receiver:
        first = [await receiver.store(repeated, by) for _ in range(earlier)]
        ids = await stored_at_once(backend, receiver, sent, by)
    with backend.reading(ADA) as ctx:
        listed = events.list_events(ctx, id, cursor=None, limit=100).items
    assert len({ids[0], ids[2], ids[3], *first}) == 1
    assert {each.id: each.repeats for each in listed} == {ids[0]: 2 + earlier, ids[1]: 0}


async def test_what_is_stored_is_what_arrived(backend_on_each_database: Backend) -> None:
    backend = backend_on_each_database
    _, by = new_source(backend)
    sent = replace(
        event(backend, by, "alert"),
        path="/%(events)s",
        query="a=%25s&b='",
        headers={"x-name": 'Zoë \\ "quoted" ;COMMIT', "idempotency-key": "50 %s"},
        body=bytes(range(256)),
    )
    async with receiving(backend.database) as receiver:
        stored_id = await receiver.store(sent, by)
    with backend.reading(ADA) as ctx:
        (stored,) = hook_events.list_events(
            ctx.session, by.source_id, EventFilter(), before=None, limit=2
        )
        assert (stored.public_id, stored.idempotency_key) == (stored_id, "50 %s")
        for name in ("received_at", "path", "query", "headers", "body"):
            assert getattr(stored, name) == getattr(sent, name)


async def test_an_event_is_stored_though_the_server_ends_the_connection(
    postgres: PostgresDatabases,
) -> None:
    with postgres.migrated() as url, open_backend(url) as backend:
        _, by = new_source(backend)
        async with receiving(backend.database) as receiver:
            await receiver.store(event(backend, by, "before"), by)
            with backend.writing(SHELL) as ctx:
                ctx.session.connection().exec_driver_sql(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            assert await receiver.store(event(backend, by, "after"), by) is not None


@pytest.mark.parametrize("is_committed", [False, True])
async def test_after_a_lost_answer_of_the_database_events_are_stored_once(
    postgres: PostgresDatabases, *, is_committed: bool
) -> None:
    with postgres.migrated() as url, open_backend(url) as direct:
        id, by = new_source(direct)
        repeated = replace(event(direct, by, "alert"), headers={"idempotency-key": "one"})
        sent = [repeated, event(direct, by, "other"), repeated]
        with losing_proxy(url) as proxy, open_backend(proxy.url) as backend:
            async with receiving(backend.database) as receiver:
                proxy.lose(b"INSERT INTO hook_event", is_delivered=is_committed)
                ids = await stored_at_once(backend, receiver, sent, by)
            assert not proxy.is_armed
        with direct.reading(ADA) as ctx:
            listed = events.list_events(ctx, id, cursor=None, limit=100).items
            counted = ctx.session.connection().exec_driver_sql("SELECT events FROM hook_usage")
            assert counted.scalar_one() == 2
    assert ids[0] == ids[2]
    assert {each.id: each.repeats for each in listed} == {ids[0]: 1, ids[1]: 0}


async def test_a_sender_that_hangs_up_stops_no_other(backend: Backend) -> None:
    _, by = new_source(backend)
    async with receiving(backend.database) as receiver:
        with backend.writing(SHELL):
            first, second = (
                asyncio.create_task(receiver.store(event(backend, by, name), by))
                for name in ("first", "second")
            )
            await asyncio.sleep(0)
            first.cancel()
        assert await second is not None


async def test_without_a_database_each_sender_is_asked_to_send_again(tmp_path: Path) -> None:
    away = Database(make_engine(f"sqlite:///{tmp_path}/missing/fyr.db"))
    by = SourceCredentials(1, "generic", "token", {}, 1000, ())
    sent = ReceivedEvent(1, away.clock(), "POST", "", "", {}, b"{}")
    async with receiving(away) as receiver:
        with pytest.raises(UnavailableError, match="send it again"):
            await receiver.store(sent, by)


async def test_what_is_stored_is_processed_by_a_thread(backend: Backend) -> None:
    id, by = new_source(backend)

    def verdicts() -> list[EventVerdict]:
        with backend.reading(ADA) as ctx:
            return [
                each.verdict for each in events.list_events(ctx, id, cursor=None, limit=2).items
            ]

    async with receiving(backend.database) as receiver:
        await receiver.store(event(backend, by, "alert"), by)
        receiver.process_now()
        await asyncio.to_thread(
            eventually, lambda: verdicts() == [EventVerdict.ALERTS], "it is processed"
        )
