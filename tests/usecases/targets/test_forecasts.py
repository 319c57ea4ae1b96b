"""The ledger of horizons: what it says, when it is worked out anew, and what is warned of."""

from datetime import timedelta
from pathlib import Path

import pytest

from app.domain.audit import AuditFilter
from app.domain.certificates.horizon import BreakKind, Mender
from app.usecases.audit import list_entries
from app.usecases.context import SHELL
from app.usecases.public.pages import facts
from app.usecases.targets import targets
from app.usecases.targets.forecasts import list_warnings
from app.usecases.targets.targets import TargetChanges
from tests.cast import Stage
from tests.usecases.targets.ahead import CURRENT, HOST, LEGACY, OLD_ROOT_ENDS, Lookout

DAY = timedelta(days=1)


@pytest.fixture
def lookout(quick_stage: Stage, tmp_path: Path) -> Lookout:
    return Lookout(quick_stage, tmp_path)


@pytest.fixture
def lookouts(stage: Stage, tmp_path: Path) -> Lookout:
    """The same on both databases."""
    return Lookout(stage, tmp_path)


def warnings(lookout: Lookout) -> list[tuple[BreakKind, int | None]]:
    """What was warned of at which step, newest first."""
    with lookout.stage.reading(SHELL) as ctx:
        given = list_warnings(ctx, cursor=None, limit=100).items
    return [(each.forecast.kind, each.forecast.step) for each in given]


def test_the_ledger_says_who_breaks_when_why_and_what_would_help(lookouts: Lookout) -> None:
    target = lookouts.watch()
    lookouts.see(target, lookouts.long_chain())
    lookouts.look_ahead()
    first, *rest = lookouts.ledger()
    assert (first.target, first.host, first.port) == (target, HOST, 443)
    # OpenSSL 1.0 takes notAfter itself for past.
    assert (first.at, first.kind) == (OLD_ROOT_ENDS, BreakKind.ROOT)
    assert first.kind.mender is Mender.NOBODY
    assert first.subject == "Demo Old Root X3"
    assert [client.id for client in first.clients] == [LEGACY]
    assert first.advice is not None
    assert (first.advice.code, first.advice.subject) == ("advice.leave_out", "Demo Root X1")
    assert [client.id for client in first.advice.saves] == [LEGACY]
    assert {each.kind for each in rest} == {BreakKind.LEAF, BreakKind.INTERMEDIATE}


def test_clients_that_end_together_stand_together(lookout: Lookout) -> None:
    lookout.see(lookout.watch(), lookout.short_chain())
    lookout.look_ahead()
    (leaf,) = lookout.ledger(kind=BreakKind.LEAF)
    assert [client.id for client in leaf.clients] == [CURRENT, LEGACY]
    assert [client.at for client in leaf.clients] == [leaf.at + timedelta(seconds=1), leaf.at]


def test_a_chain_that_replaces_another_makes_another_ledger(lookouts: Lookout) -> None:
    target = lookouts.watch()
    lookouts.see(target, lookouts.long_chain())
    lookouts.look_ahead()
    lookouts.stage.clock.forward(minutes=1)
    lookouts.see(target, lookouts.short_chain())
    lookouts.look_ahead()
    assert BreakKind.ROOT not in {each.kind for each in lookouts.ledger()}


def test_every_address_counts_until_it_is_gone_for_a_day(lookouts: Lookout) -> None:
    target, short = lookouts.watch(), lookouts.short_chain()
    lookouts.see(target, short, address="192.0.2.1")
    lookouts.see(target, lookouts.long_chain(), address="192.0.2.2")
    lookouts.look_ahead()
    assert lookouts.ledger()[0].kind is BreakKind.ROOT
    lookouts.stage.clock.forward(days=1, minutes=1)
    lookouts.see(target, short, address="192.0.2.1")
    lookouts.look_ahead()
    assert BreakKind.ROOT not in {each.kind for each in lookouts.ledger()}


def test_what_fails_already_is_no_forecast(lookout: Lookout) -> None:
    lookout.see(lookout.watch(), lookout.long_chain())
    lookout.look_ahead()
    lookout.at(OLD_ROOT_ENDS)
    lookout.look_ahead()
    assert all(LEGACY not in {client.id for client in each.clients} for each in lookout.ledger())


def test_other_profiles_are_judged_for_at_once(lookout: Lookout) -> None:
    target = lookout.watch(profiles=[CURRENT])
    lookout.see(target, lookout.long_chain())
    lookout.look_ahead()
    assert BreakKind.ROOT not in {each.kind for each in lookout.ledger()}
    with lookout.stage.writing() as ctx:
        changes = TargetChanges(profiles=(CURRENT, LEGACY))
        targets.edit_target(ctx, target, changes, (CURRENT, LEGACY))
    lookout.look_ahead()
    assert lookout.ledger()[0].kind is BreakKind.ROOT


def test_a_profile_file_that_changes_is_judged_for_at_once(lookout: Lookout) -> None:
    lookout.see(lookout.watch(), lookout.long_chain())
    lookout.look_ahead()
    file = lookout.folder / "demo-legacy.toml"
    file.write_text(file.read_text("utf-8").replace("7 %", "8 %"), "utf-8")
    lookout.look_ahead()
    (client,) = lookout.ledger()[0].clients
    assert client.share == "8 %"


def test_it_is_worked_out_anew_each_night_and_not_in_between(lookout: Lookout) -> None:
    lookout.see(lookout.watch(), lookout.short_chain())
    lookout.look_ahead()
    (first, *_) = lookout.ledger()
    lookout.stage.clock.forward(hours=13, minutes=59)
    lookout.look_ahead()
    assert lookout.ledger()[0].judged_at == first.judged_at
    lookout.stage.clock.forward(minutes=1)
    lookout.look_ahead()
    assert lookout.ledger()[0].judged_at == lookout.stage.clock.now


def test_each_step_is_warned_of_once_and_at_its_time(lookout: Lookout) -> None:
    lookout.see(lookout.watch(), lookout.long_chain())
    for days in (21, 20, 14, 14, 8, 7, 1):
        lookout.at(OLD_ROOT_ENDS - days * DAY)
        lookout.look_ahead()
    roots = [step for kind, step in warnings(lookout) if kind is BreakKind.ROOT]
    assert roots == [7, 6, 5, 4]
    assert [each.step for each in lookout.ledger(warned=True)] == [7]


def test_a_chain_that_comes_back_is_not_warned_of_again(lookout: Lookout) -> None:
    target = lookout.watch()
    long, short = lookout.long_chain(), lookout.short_chain()
    for served in (long, short, long):
        lookout.stage.clock.forward(minutes=1)
        lookout.see(target, served)
        lookout.look_ahead()
    assert warnings(lookout) == [(BreakKind.ROOT, 4)]
    assert lookout.ledger()[0].step == 4


def test_a_leaf_is_warned_of_by_parts_of_its_lifetime(lookout: Lookout) -> None:
    lookout.see(lookout.watch(), lookout.short_chain())
    lookout.look_ahead()
    assert warnings(lookout) == []
    lookout.stage.clock.forward(days=60)
    lookout.look_ahead()
    assert warnings(lookout) == [(BreakKind.LEAF, 1)]


def test_a_warning_is_in_the_audit_trail(lookout: Lookout) -> None:
    target = lookout.watch()
    lookout.see(target, lookout.long_chain())
    lookout.look_ahead()
    with lookout.stage.reading() as ctx:
        entries = list_entries(ctx, AuditFilter(subject_id=target), cursor=None, limit=10).items
    assert (entries[0].actor_kind, entries[0].action) == ("worker", "horizon.warn")


def test_targets_that_nobody_looks_at_have_no_days_ahead(lookout: Lookout) -> None:
    target = lookout.watch()
    lookout.see(target, lookout.long_chain())
    lookout.look_ahead()
    with lookout.stage.writing() as ctx:
        targets.pause_target(ctx, target)
    assert lookout.ledger() == []


def test_a_target_that_never_answered_has_nothing_ahead(lookout: Lookout) -> None:
    lookout.watch()
    lookout.look_ahead()
    assert lookout.ledger() == []


def test_nothing_of_it_is_told_to_visitors(lookout: Lookout) -> None:
    lookout.see(lookout.watch(), lookout.long_chain())
    before = revision(lookout)
    lookout.look_ahead()
    assert revision(lookout) == before


def revision(lookout: Lookout) -> int:
    with lookout.stage.reading() as ctx:
        return facts(ctx).revision
