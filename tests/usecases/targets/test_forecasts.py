"""Stored forecasts: their content, when they are computed again, and the warnings of them."""

from datetime import timedelta
from pathlib import Path

import pytest

from app.domain.audit import AuditFilter
from app.domain.certificates.horizon import BreakKind
from app.usecases.audit import list_entries
from app.usecases.context import SHELL
from app.usecases.public.pages import facts
from app.usecases.targets import targets
from app.usecases.targets.forecasts import list_warnings
from app.usecases.targets.targets import TargetChanges
from tests.cast import Backend
from tests.usecases.targets.forecasting import CURRENT, HOST, LEGACY, OLD_ROOT_ENDS, ForecastDriver

DAY = timedelta(days=1)


@pytest.fixture
def forecasting(sqlite_backend: Backend, tmp_path: Path) -> ForecastDriver:
    return ForecastDriver(sqlite_backend, tmp_path)


@pytest.fixture
def forecasting_on_each_database(backend: Backend, tmp_path: Path) -> ForecastDriver:
    """The same on both databases."""
    return ForecastDriver(backend, tmp_path)


def warnings(forecasting: ForecastDriver) -> list[tuple[BreakKind, int | None]]:
    """What was warned of at which step, newest first."""
    with forecasting.backend.reading(SHELL) as ctx:
        given = list_warnings(ctx, cursor=None, limit=100).items
    return [(each.forecast.kind, each.forecast.step) for each in given]


def test_forecasts_say_who_breaks_when_and_why(
    forecasting_on_each_database: ForecastDriver,
) -> None:
    target = forecasting_on_each_database.add_target()
    forecasting_on_each_database.record_probe(target, forecasting_on_each_database.long_chain())
    forecasting_on_each_database.compute_forecasts()
    first, *rest = forecasting_on_each_database.forecasts()
    assert (first.target, first.host, first.port) == (target, HOST, 443)
    # OpenSSL 1.0 takes notAfter itself for past.
    assert (first.at, first.kind, first.subject) == (
        OLD_ROOT_ENDS,
        BreakKind.ROOT,
        "Demo Old Root X3",
    )
    assert [client.id for client in first.clients] == [LEGACY]
    assert {each.kind for each in rest} == {BreakKind.LEAF, BreakKind.INTERMEDIATE}


def test_a_forecast_has_the_advice_that_saves_its_clients(forecasting: ForecastDriver) -> None:
    target = forecasting.add_target()
    forecasting.record_probe(target, forecasting.long_chain())
    forecasting.compute_forecasts()
    advice = forecasting.forecasts()[0].advice
    assert advice is not None
    assert (advice.code, advice.subject) == ("advice.leave_out", "Demo Root X1")
    assert [client.id for client in advice.gained] == [LEGACY]


def test_clients_that_end_together_stand_together(forecasting: ForecastDriver) -> None:
    forecasting.record_probe(forecasting.add_target(), forecasting.short_chain())
    forecasting.compute_forecasts()
    (leaf,) = forecasting.forecasts(kind=BreakKind.LEAF)
    assert [client.id for client in leaf.clients] == [CURRENT, LEGACY]
    assert [client.at for client in leaf.clients] == [leaf.at + timedelta(seconds=1), leaf.at]


def test_a_chain_that_replaces_another_makes_another_ledger(
    forecasting_on_each_database: ForecastDriver,
) -> None:
    target = forecasting_on_each_database.add_target()
    forecasting_on_each_database.record_probe(target, forecasting_on_each_database.long_chain())
    forecasting_on_each_database.compute_forecasts()
    forecasting_on_each_database.backend.clock.forward(minutes=1)
    forecasting_on_each_database.record_probe(target, forecasting_on_each_database.short_chain())
    forecasting_on_each_database.compute_forecasts()
    assert BreakKind.ROOT not in {each.kind for each in forecasting_on_each_database.forecasts()}


def test_every_address_counts_until_it_is_gone_for_a_day(
    forecasting_on_each_database: ForecastDriver,
) -> None:
    target, short = (
        forecasting_on_each_database.add_target(),
        forecasting_on_each_database.short_chain(),
    )
    forecasting_on_each_database.record_probe(target, short, address="192.0.2.1")
    forecasting_on_each_database.record_probe(
        target, forecasting_on_each_database.long_chain(), address="192.0.2.2"
    )
    forecasting_on_each_database.compute_forecasts()
    assert forecasting_on_each_database.forecasts()[0].kind is BreakKind.ROOT
    forecasting_on_each_database.backend.clock.forward(days=1, minutes=1)
    forecasting_on_each_database.record_probe(target, short, address="192.0.2.1")
    forecasting_on_each_database.compute_forecasts()
    assert BreakKind.ROOT not in {each.kind for each in forecasting_on_each_database.forecasts()}


def test_what_fails_already_is_no_forecast(forecasting: ForecastDriver) -> None:
    forecasting.record_probe(forecasting.add_target(), forecasting.long_chain())
    forecasting.compute_forecasts()
    forecasting.set_clock(OLD_ROOT_ENDS)
    forecasting.compute_forecasts()
    assert all(
        LEGACY not in {client.id for client in each.clients} for each in forecasting.forecasts()
    )


def test_other_profiles_are_judged_for_at_once(forecasting: ForecastDriver) -> None:
    target = forecasting.add_target(profiles=[CURRENT])
    forecasting.record_probe(target, forecasting.long_chain())
    forecasting.compute_forecasts()
    assert BreakKind.ROOT not in {each.kind for each in forecasting.forecasts()}
    with forecasting.backend.writing() as ctx:
        changes = TargetChanges(profiles=(CURRENT, LEGACY))
        targets.edit_target(ctx, target, changes, (CURRENT, LEGACY))
    forecasting.compute_forecasts()
    assert forecasting.forecasts()[0].kind is BreakKind.ROOT


def test_a_profile_file_that_changes_is_judged_for_at_once(forecasting: ForecastDriver) -> None:
    forecasting.record_probe(forecasting.add_target(), forecasting.long_chain())
    forecasting.compute_forecasts()
    file = forecasting.folder / "demo-legacy.toml"
    file.write_text(file.read_text("utf-8").replace("7 %", "8 %"), "utf-8")
    forecasting.compute_forecasts()
    (client,) = forecasting.forecasts()[0].clients
    assert client.share == "8 %"


def test_it_is_computed_again_each_night_and_not_in_between(forecasting: ForecastDriver) -> None:
    forecasting.record_probe(forecasting.add_target(), forecasting.short_chain())
    forecasting.compute_forecasts()
    (first, *_) = forecasting.forecasts()
    forecasting.backend.clock.forward(hours=13, minutes=59)
    forecasting.compute_forecasts()
    assert forecasting.forecasts()[0].judged_at == first.judged_at
    forecasting.backend.clock.forward(minutes=1)
    forecasting.compute_forecasts()
    assert forecasting.forecasts()[0].judged_at == forecasting.backend.clock.now


def test_each_step_is_warned_of_once_and_at_its_time(forecasting: ForecastDriver) -> None:
    forecasting.record_probe(forecasting.add_target(), forecasting.long_chain())
    for days in (21, 20, 14, 14, 8, 7, 1):
        forecasting.set_clock(OLD_ROOT_ENDS - days * DAY)
        forecasting.compute_forecasts()
    roots = [step for kind, step in warnings(forecasting) if kind is BreakKind.ROOT]
    assert roots == [7, 6, 5, 4]
    assert [each.step for each in forecasting.forecasts(warned=True)] == [7]


def test_a_chain_that_comes_back_is_not_warned_of_again(forecasting: ForecastDriver) -> None:
    target = forecasting.add_target()
    long, short = forecasting.long_chain(), forecasting.short_chain()
    for served in (long, short, long):
        forecasting.backend.clock.forward(minutes=1)
        forecasting.record_probe(target, served)
        forecasting.compute_forecasts()
    assert warnings(forecasting) == [(BreakKind.ROOT, 4)]
    assert forecasting.forecasts()[0].step == 4


def test_a_leaf_is_warned_of_by_parts_of_its_lifetime(forecasting: ForecastDriver) -> None:
    forecasting.record_probe(forecasting.add_target(), forecasting.short_chain())
    forecasting.compute_forecasts()
    assert warnings(forecasting) == []
    forecasting.backend.clock.forward(days=60)
    forecasting.compute_forecasts()
    assert warnings(forecasting) == [(BreakKind.LEAF, 1)]


def test_a_warning_is_in_the_audit_trail(forecasting: ForecastDriver) -> None:
    target = forecasting.add_target()
    forecasting.record_probe(target, forecasting.long_chain())
    forecasting.compute_forecasts()
    with forecasting.backend.reading() as ctx:
        entries = list_entries(ctx, AuditFilter(subject_id=target), cursor=None, limit=10).items
    assert (entries[0].actor_kind, entries[0].action) == ("worker", "horizon.warn")


def test_targets_that_nobody_looks_at_have_no_days_ahead(forecasting: ForecastDriver) -> None:
    target = forecasting.add_target()
    forecasting.record_probe(target, forecasting.long_chain())
    forecasting.compute_forecasts()
    with forecasting.backend.writing() as ctx:
        targets.pause_target(ctx, target)
    assert forecasting.forecasts() == []


def test_a_target_that_never_answered_has_nothing_ahead(forecasting: ForecastDriver) -> None:
    forecasting.add_target()
    forecasting.compute_forecasts()
    assert forecasting.forecasts() == []


def test_nothing_of_it_is_shown_to_visitors(forecasting: ForecastDriver) -> None:
    forecasting.record_probe(forecasting.add_target(), forecasting.long_chain())
    before = revision(forecasting)
    forecasting.compute_forecasts()
    assert revision(forecasting) == before


def revision(forecasting: ForecastDriver) -> int:
    with forecasting.backend.reading() as ctx:
        return facts(ctx).revision
