"""The chain of the audit log: whatever is changed in it afterwards shows."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import text

from app.domain.ownership import ActorKind
from app.usecases import audit, audit_chain
from app.usecases.context import SHELL, Actor
from tests.cast import ADA, Backend, open_backend
from tests.factories import make_service

WORKER = Actor(ActorKind.WORKER, "worker")


@pytest.fixture
def backend(database_url: str) -> Iterator[Backend]:
    with open_backend(database_url) as opened:
        for number in range(5):
            with opened.writing(ADA) as ctx:
                audit.record(ctx, "x.do", "x", f"{number}", after={"n": [number, 1.5, "é”\u2028"]})
        yield opened


def _verified(
    backend: Backend, noted: audit_chain.NotedEntry | None = None
) -> audit_chain.Verification:
    with backend.reading(SHELL) as ctx:
        return audit_chain.verify(ctx, noted)


def _tamper(backend: Backend, statement: str) -> None:
    with backend.database.writing(SHELL) as ctx:
        ctx.session.execute(text(statement))


def test_an_untouched_log_is_intact(backend: Backend) -> None:
    found = _verified(backend)
    assert (found.entries, found.position, found.fault) == (5, 5, None)
    assert len(found.hash) == 64
    with backend.writing(ADA) as ctx:
        make_service(ctx, "cards")
    later = _verified(backend)
    assert later.fault is None
    assert later.entries > 5
    assert later.hash != found.hash


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("UPDATE audit_entry SET actor_name = 'ben' WHERE position = 3", "changed"),
        ("UPDATE audit_entry SET after = '{}' WHERE position = 3", "changed"),
        ("UPDATE audit_entry SET before = '{\"a\": 1}' WHERE position = 3", "changed"),
        ("UPDATE audit_entry SET at = '2020-01-01 00:00:00' WHERE position = 3", "changed"),
        ("UPDATE audit_entry SET hash = 'x' WHERE position = 3", "changed"),
        ("UPDATE audit_entry SET subject_id = '9' WHERE position = 3", "changed"),
        ("DELETE FROM audit_entry WHERE position = 3", "detached"),
        ("DELETE FROM audit_entry WHERE position < 3", "removed"),
    ],
)
def test_a_change_a_removal_and_an_insertion_show(
    backend: Backend, statement: str, kind: str
) -> None:
    _tamper(backend, statement)
    fault = _verified(backend).fault
    assert fault is not None
    assert fault.kind == kind


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit_entry WHERE position > 3",
        "DELETE FROM audit_entry",
        "UPDATE audit_entry SET action = 'y.do', position = NULL, hash = NULL WHERE position > 3",
    ],
)
def test_an_end_that_was_cut_off_shows_by_what_was_noted(backend: Backend, statement: str) -> None:
    last = _verified(backend)
    noted = audit_chain.NotedEntry(last.position, last.hash)
    assert _verified(backend, noted).fault is None
    _tamper(backend, statement)
    assert _verified(backend).fault is None
    fault = _verified(backend, noted).fault
    assert fault is not None
    assert fault.kind == "ended"
    for number in range(5):
        with backend.writing(ADA) as ctx:
            audit.record(ctx, "x.do", "x", f"later {number}")
    assert _verified(backend).fault is None
    fault = _verified(backend, noted).fault
    assert fault is not None
    assert (fault.position, fault.kind) == (noted.position, "replaced")


def test_an_entry_whose_own_hash_was_recomputed_shows_in_the_next_one(backend: Backend) -> None:
    with backend.database.writing(SHELL) as ctx:
        ctx.session.execute(
            text("UPDATE audit_entry SET action = 'y.do', position = NULL WHERE position = 3")
        )
    with backend.writing(ADA) as ctx:  # chains the changed entry again, at the end
        audit.record(ctx, "x.do", "x", "6")
    fault = _verified(backend).fault
    assert fault is not None
    assert (fault.position, fault.kind) == (4, "detached")


def test_entries_of_an_earlier_release_are_chained_with_the_next_write(backend: Backend) -> None:
    _tamper(backend, "UPDATE audit_entry SET position = NULL, hash = NULL, former_hash = NULL")
    assert _verified(backend).unchained == 5
    with backend.writing(ADA) as ctx:
        audit.record(ctx, "x.do", "x", "6")
    found = _verified(backend)
    assert (found.entries, found.unchained, found.fault) == (6, 0, None)


def test_an_end_of_retention_leaves_an_intact_log(backend: Backend) -> None:
    for days in (0, 400):
        with backend.writing(WORKER) as ctx:
            audit_chain.delete_expired(ctx, days)
        assert _verified(backend).entries == 5
    backend.clock.forward(days=30)
    with backend.writing(ADA) as ctx:
        audit.record(ctx, "x.do", "x", "6")
    for _ in range(2):
        with backend.writing(WORKER) as ctx:
            audit_chain.delete_expired(ctx, 10)
    found = _verified(backend)
    assert (found.entries, found.position, found.fault) == (2, 7, None)
    # The end of retention explains that what was noted is gone, but not another one there.
    assert _verified(backend, audit_chain.NotedEntry(3, "a" * 64)).fault is None
    another = _verified(backend, audit_chain.NotedEntry(5, "a" * 64)).fault
    assert another is not None
    assert another.kind == "removed"
    _tamper(backend, "DELETE FROM audit_entry WHERE position = 6")
    fault = _verified(backend).fault
    assert fault is not None
    assert fault.kind == "removed"


def test_a_transaction_that_fails_leaves_no_gap(backend: Backend) -> None:
    with suppress(RuntimeError), backend.writing(ADA) as ctx:
        audit.record(ctx, "x.do", "x", "6")
        raise RuntimeError
    with backend.writing(ADA) as ctx:
        audit.record(ctx, "x.do", "x", "7")
        ctx.now += timedelta(microseconds=123_456)
        audit.record(ctx, "x.do", "x", "8")
    assert _verified(backend).entries == 7
    assert _verified(backend).fault is None


def test_parallel_writers_make_one_chain(backend: Backend) -> None:
    threads, entries = 8, 20
    together = Barrier(threads)

    def write(number: int) -> None:
        together.wait()
        for entry in range(entries):
            with backend.writing(ADA) as ctx:
                audit.record(ctx, "x.do", "x", f"{number}-{entry}")

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(write, range(threads)))
    found = _verified(backend)
    total = 5 + threads * entries
    assert (found.entries, found.position, found.unchained) == (total, total, 0)
    assert found.fault is None
