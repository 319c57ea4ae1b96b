"""What routes wish for beyond the rules, and what is left when a source goes."""

from collections.abc import Iterator

import pytest

from app.domain.statuses import IncidentStatus
from app.usecases.incidents import lifecycle
from app.usecases.sources.sources import delete_source
from tests.usecases.sources.monitoring import SERVICES, Switchboard, switchboard

INVESTIGATING, _IDENTIFIED, MONITORING, RESOLVED = IncidentStatus


@pytest.fixture
def board(sqlite_url: str) -> Iterator[Switchboard]:
    with switchboard(sqlite_url) as opened:
        yield opened


def test_a_route_may_want_several_alerts_of_several_sources(board: Switchboard) -> None:
    other = board.source("Other", publish="auto")
    board.route(services=("web",), min_alerts=3, min_sources=2)
    for key in ("a", "b", "c"):
        board.call(key=key)
    board.let_pass(minutes=3)
    assert board.incidents() == []
    board.call(key="d", source=other)
    board.let_pass(minutes=3)
    assert board.story() == [INVESTIGATING]


def test_a_route_that_waits_for_nothing_opens_at_once(board: Switchboard) -> None:
    board.route(group_wait_seconds=0, resolve_after_seconds=0)
    board.call()
    assert board.story() == [INVESTIGATING]
    board.call("resolved")
    board.let_pass(seconds=30)
    assert board.story() == [INVESTIGATING, MONITORING, RESOLVED]


def test_five_services_are_five_causes(board: Switchboard) -> None:
    for slug in SERVICES:
        board.call(key=slug, service=slug)
    board.let_pass(minutes=2)
    assert len(board.incidents()) == 5


def test_what_a_deleted_source_made_open_is_staffs(board: Switchboard) -> None:
    board.call()
    board.let_pass(minutes=2)
    with board.ada() as ctx:
        delete_source(ctx, board.ids[board.mona])
    board.let_pass(minutes=5)
    assert board.story() == [INVESTIGATING]
    assert board.incident().owner == "staff"
    with board.ada() as ctx:
        assert lifecycle.list_incidents(ctx, cursor=None, limit=1, only_open=True).items
