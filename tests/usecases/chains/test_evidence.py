"""What is stored of the chain that an incident is about, and what visitors see of it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.domain.certificates.findings import CertificateFacts, Reason
from app.domain.certificates.incident_chains import ShownChain
from app.usecases.chains.evidence import certificate_from_json
from app.usecases.context import NOBODY
from app.usecases.incidents import listing
from app.usecases.incidents.edits import UpdateEdit, edit_update
from app.usecases.public import pages
from tests.cast import Backend
from tests.factories import english
from tests.usecases.targets.forecasting import (
    AFTER,
    CURRENT,
    HOST,
    LEGACY,
    OLD_ROOT_ENDS,
    ForecastDriver,
    broken,
    only_id,
    probe,
)


@pytest.fixture
def forecasting(sqlite_backend: Backend, tmp_path: Path) -> ForecastDriver:
    return ForecastDriver(sqlite_backend, tmp_path)


def seen_by_visitors(forecasting: ForecastDriver) -> tuple[ShownChain, ...]:
    with forecasting.backend.reading(NOBODY) as ctx:
        return pages.incident(ctx, only_id(forecasting)).chains


def test_the_chain_is_stored_as_it_failed_with_the_certificate_to_blame(
    forecasting: ForecastDriver,
) -> None:
    broken(forecasting)
    (failing,) = seen_by_visitors(forecasting)
    assert (failing.phase, failing.host) == ("failing", HOST)
    assert (failing.since, failing.at) == (AFTER, AFTER + timedelta(seconds=15))
    assert [facts.name for facts in failing.shown] == [
        HOST,
        "Demo Intermediate R3",
        "Demo Root X1",
        "Demo Old Root X3",
    ]
    older, current = sorted(failing.clients, key=lambda client: client.reason.value)
    assert (older.id, older.reason, older.at) == (LEGACY, Reason.EXPIRED, OLD_ROOT_ENDS)
    assert (current.id, current.reason, current.at) == (CURRENT, Reason.OK, None)


def test_the_chain_that_repaired_it_is_stored_with_what_it_changed(
    forecasting: ForecastDriver,
) -> None:
    target, _ = broken(forecasting)
    short = forecasting.short_chain()
    forecasting.backend.clock.forward(minutes=5)
    probe(forecasting, target, *[short] * 10)
    _, mended = seen_by_visitors(forecasting)
    assert mended.phase == "mended"
    assert "change.cross_sign_gone" in [change.code for change in mended.changes]
    assert {client.reason for client in mended.clients} == {Reason.OK}


def test_where_another_fault_was_repaired_the_same_chain_is_not_shown_twice(
    forecasting: ForecastDriver,
) -> None:
    target, served = broken(forecasting)
    file = forecasting.folder / "demo-legacy.pem"
    file.write_bytes(forecasting.hierarchy.new_root.pem)
    toml = forecasting.folder / "demo-legacy.toml"
    toml.write_text(toml.read_text("utf-8") + "\n", "utf-8")
    text = toml.read_text("utf-8").replace('"served_first_alt"', '"any_path"')
    toml.write_text(text, "utf-8")
    forecasting.backend.clock.forward(minutes=5)
    probe(forecasting, target, *[served] * 10)
    assert [chain.phase for chain in seen_by_visitors(forecasting)] == ["failing"]


def test_visitors_see_no_chain_of_which_staff_took_the_words_back(
    forecasting: ForecastDriver,
) -> None:
    broken(forecasting)
    with forecasting.backend.writing() as ctx:
        (staff,) = listing.list_incidents(ctx, cursor=None, limit=10).items
        (update,) = staff.incident.updates
        edit_update(ctx, staff.incident.id, update.id, UpdateEdit(english("We look.")))
    assert seen_by_visitors(forecasting) == ()


def test_the_first_page_knows_which_pictures_there_are(forecasting: ForecastDriver) -> None:
    broken(forecasting)
    with forecasting.backend.reading(NOBODY) as ctx:
        (shown,) = pages.overview(ctx).open_incidents
    assert shown.pictures == ("failing",)


def test_a_blamed_certificate_of_the_first_release_is_read() -> None:
    stored = {
        "fingerprint": "ab" * 32,
        "subject": "CN=Demo Old Root X3,O=Fyr Demo",
        "issuer": "CN=Demo Old Root X3,O=Fyr Demo",
        "name": "Demo Old Root X3",
        "not_before": "2001-09-30T14:01:15+00:00",
        "not_after": None,
    }
    assert certificate_from_json(stored) == CertificateFacts(
        "ab" * 32,
        "CN=Demo Old Root X3,O=Fyr Demo",
        "CN=Demo Old Root X3,O=Fyr Demo",
        not_before=datetime(2001, 9, 30, 14, 1, 15, tzinfo=UTC),
        name="Demo Old Root X3",
    )
