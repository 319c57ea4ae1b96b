"""Snapshots: what a read transaction has read once is not read again."""

from collections.abc import Iterator

import pytest

from app.db import snapshot
from app.db.queries.incidents.incidents import find_incident, updates_by_incident, updates_of
from app.db.queries.services import list_services
from app.usecases.incidents.lifecycle import post_update
from tests.cast import BEN, Backend, open_backend
from tests.factories import make_incident, make_service, update
from tests.many_rows import counted_queries


@pytest.fixture
def sqlite_backend(sqlite_url: str) -> Iterator[Backend]:
    with open_backend(sqlite_url) as backend:
        yield backend


def incident_numbers(backend: Backend, count: int) -> list[int]:
    with backend.writing(BEN) as ctx:
        ids = [make_incident(ctx).incident.id for _ in range(count)]
        found = [find_incident(ctx.session, each) for each in ids]
        return [row.id or 0 for row in found if row is not None]


def test_a_query_is_sent_once_in_a_snapshot(sqlite_backend: Backend) -> None:
    with sqlite_backend.reading() as ctx, counted_queries(ctx.session) as sent:
        assert list_services(ctx.session) is list_services(ctx.session)
        assert find_incident(ctx.session, "a" * 12) is find_incident(ctx.session, "a" * 12) is None
        assert find_incident(ctx.session, "b" * 12) is None
    assert len(sent) == 3, sent


def test_rows_that_were_read_for_other_keys_are_not_read_again(sqlite_backend: Backend) -> None:
    first, second, third = incident_numbers(sqlite_backend, 3)
    with sqlite_backend.reading() as ctx, counted_queries(ctx.session) as sent:
        known = updates_by_incident(ctx.session, [first, second, 999])
        assert updates_of(ctx.session, first) is known[first]
        assert 999 not in updates_by_incident(ctx.session, [999, second])
        assert set(updates_by_incident(ctx.session, [third, first])) == {first, third}
    assert len(sent) == 2, sent


def test_more_rows_than_are_remembered_are_read_again(
    sqlite_backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "_MOST_ANSWERS", 2)
    first, second, third = incident_numbers(sqlite_backend, 3)
    with sqlite_backend.reading() as ctx, counted_queries(ctx.session) as sent:
        updates_by_incident(ctx.session, [first, second, third])
        updates_by_incident(ctx.session, [first, second])
        updates_by_incident(ctx.session, [first, second])
    assert len(sent) == 2, sent


def test_a_transaction_that_writes_reads_what_it_has_changed(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing() as ctx:
        assert list_services(ctx.session) == []
        make_service(ctx)
        assert len(list_services(ctx.session)) == 1
        incident = make_incident(ctx).incident.id
        row = find_incident(ctx.session, incident)
        assert row is not None
        assert len(updates_of(ctx.session, row.id or 0)) == 1
        post_update(ctx, incident, update())
        assert len(updates_of(ctx.session, row.id or 0)) == 2


def test_the_next_snapshot_sees_what_was_written_meanwhile(sqlite_backend: Backend) -> None:
    with sqlite_backend.reading() as before:
        assert list_services(before.session) == []
        with sqlite_backend.writing() as ctx:
            make_service(ctx)
        assert list_services(before.session) == []
        with sqlite_backend.reading() as after:
            assert len(list_services(after.session)) == 1


def test_a_snapshot_of_a_long_history_stays_small(sqlite_backend: Backend) -> None:
    with sqlite_backend.reading() as ctx:
        for number in range(2000):
            find_incident(ctx.session, f"{number:012}")
            updates_of(ctx.session, number)
        answers = ctx.session.info["fyr_answers"]
        kept = len(answers) + sum(len(each) for each in answers.values() if each is not None)
        assert kept <= 1100
