from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from app.db.tables import ProbeRow, TargetRow
from app.domain.certificates.findings import ProbeFailure, Reason, Stage
from app.domain.permissions import Role
from app.rendering.filters.console.console_certificates import REASONS
from app.usecases.context import SHELL
from app.usecases.targets import targets
from app.usecases.targets.own_host import ensure_own_target
from app.usecases.targets.probes import any_due
from tests.cast import BASE_URL, Installation
from tests.console import staff
from tests.factories import make_service, make_target
from tests.usecases.targets.forecasting import ForecastDriver

HERE = "/console/certificates"
GIVEN: dict[str, str | list[str]] = {
    "host": "pay.example.com",
    "port": "8443",
    "services": ["payments"],
    "services:sent": "yes",
    "profiles": ["current", "legacy-openssl"],
    "profiles:sent": "yes",
    "publish": "auto_after",
    "publish_minutes": "10",
    "interval_seconds": "30",
    "fail_after": "2",
    "recover_after": "2",
    "warn_days": "14",
}

WRONG: list[tuple[str, str | list[str]]] = [
    ("host", "no host"),
    ("port", "70000"),
    ("port", "x"),
    ("services", ["nothing"]),
    ("profiles", []),
    ("publish", "never"),
    ("publish_minutes", ""),
    ("warn_days", "401"),
]


@pytest.fixture
def forecasting(installation: Installation, tmp_path: Path) -> ForecastDriver:
    return ForecastDriver(installation, tmp_path)


@pytest.fixture
def watched(forecasting: ForecastDriver) -> str:
    """A target that serves the long chain, with its days ahead known."""
    found = forecasting.add_target()
    forecasting.record_probe(found, forecasting.long_chain())
    forecasting.compute_forecasts()
    return found


def test_the_list_shows_state_and_what_ends_next(installation: Installation, watched: str) -> None:
    page = staff(installation, Role.VIEWER).get(HERE).text
    assert "All clients connect" in page or "Check failed" in page
    assert "1 client profile will stop trusting pay.example in 21 days" in page
    assert "Add target" not in page


def test_the_first_screen_shows_what_breaks_next_in_a_sentence(
    installation: Installation, watched: str
) -> None:
    answer = staff(installation, Role.VIEWER).get("/console/")
    assert answer.status_code == 200
    assert "pay.example" in answer.text
    assert "stop trusting" in answer.text


def test_one_target_shows_who_breaks_when_and_why(installation: Installation, watched: str) -> None:
    page = staff(installation, Role.VIEWER).get(f"{HERE}/{watched}").text
    assert "older on-site devices and card terminals (7 %)" in page
    assert "“Demo Old Root X3” expires. The root expires and is not renewed." in page
    assert "<h2>Upcoming breaks</h2>" in page
    assert "<h2>Findings</h2>" in page
    assert "Delete this target" not in page


def test_the_picture_says_the_same_in_words(installation: Installation, watched: str) -> None:
    cy = staff(installation, Role.VIEWER)
    answer = cy.get(f"{HERE}/{watched}/chain.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert "style-src 'sha256-" in answer.headers["content-security-policy"]
    assert "Demo Root X1" in answer.text
    assert "“Demo Root X1” is valid from" in cy.get(f"{HERE}/{watched}").text


def test_a_new_chain_is_shown_beside_the_one_before(
    installation: Installation, forecasting: ForecastDriver, watched: str
) -> None:
    forecasting.set_clock(installation.clock.now + timedelta(hours=1))
    forecasting.record_probe(watched, forecasting.short_chain())
    page = staff(installation, Role.VIEWER).get(f"{HERE}/{watched}").text
    assert "The cross-sign “Demo Root X1” is no longer served." in page
    assert "The first chain that was seen there." in page


def test_a_host_that_is_being_checked_says_so_and_nothing_about_what_was_seen(
    installation: Installation, forecasting: ForecastDriver
) -> None:
    target = forecasting.add_target()
    page = staff(installation, Role.VIEWER).get(f"{HERE}/{target}")
    assert page.status_code == 200
    assert "The host is being checked." in page.text
    assert '<meta http-equiv="refresh"' in page.text
    assert "No certificate has been recorded here yet." not in page.text


def test_a_host_that_was_checked_is_awaited_only_when_staff_ask(
    installation: Installation, forecasting: ForecastDriver
) -> None:
    target = forecasting.add_target()
    forecasting.record_probe(target, forecasting.long_chain())
    page = staff(installation, Role.VIEWER).get(f"{HERE}/{target}")
    assert "The host is being checked." not in page.text
    assert "data-awaited" not in page.text
    staff(installation, Role.EDITOR).send(f"{HERE}/{target}/probe")
    assert "data-awaited" in staff(installation, Role.VIEWER).get(f"{HERE}/{target}").text


@pytest.mark.parametrize("stage", Stage)
def test_a_failed_check_is_explained_and_shows_what_there_is(
    installation: Installation, forecasting: ForecastDriver, stage: Stage
) -> None:
    target = forecasting.add_target()
    forecasting.record_failure(target, ProbeFailure(stage, "private_address", "10.0.0.1"))
    page = staff(installation, Role.VIEWER).get(f"{HERE}/{target}").text
    assert f"{stage.value}:private_address" in page
    assert ("FYR_ALLOWED_NETWORKS" in page) is (stage is Stage.REFUSED)
    assert "Below is what" not in page
    forecasting.record_probe(target, forecasting.long_chain())
    installation.clock.forward(minutes=5)
    forecasting.record_failure(target, ProbeFailure(stage, "private_address", "10.0.0.1"))
    page = staff(installation, Role.VIEWER).get(f"{HERE}/{target}").text
    assert "Below is what the host served before." in page


def test_a_target_is_added(installation: Installation, forecasting: ForecastDriver) -> None:
    ada = staff(installation, Role.ADMIN)
    here = ada.send(HERE, GIVEN).headers["location"]
    target = installation.ada.get(f"/api/v1/targets/{here.rpartition('/')[2]}").json()
    assert (target["port"], target["publish"], target["services"]) == (
        8443,
        "auto_after:10",
        ["payments"],
    )
    assert target["profiles"] is None
    assert 'value="14"' in ada.get(f"{here}/edit").text


def test_a_target_is_changed_and_deleted(
    installation: Installation, forecasting: ForecastDriver
) -> None:
    ada = staff(installation, Role.ADMIN)
    here = ada.send(HERE, GIVEN).headers["location"]
    changed = {**GIVEN, "warn_days": "30", "profiles": ["current"], "services": []}
    assert ada.send(f"{here}/edit", changed).headers["location"] == here
    target = installation.ada.get(f"/api/v1/targets/{here.rpartition('/')[2]}").json()
    assert (target["warn_days"], target["profiles"], target["services"]) == (30, ["current"], [])
    assert ada.send(f"{here}/delete").headers["location"] == HERE
    assert ada.get(here).status_code == 404


def test_what_is_wrong_stands_beside_its_field(
    installation: Installation, forecasting: ForecastDriver
) -> None:
    ada = staff(installation, Role.ADMIN)
    for field, value in WRONG:
        answer = ada.send(HERE, {**GIVEN, field: value})
        assert answer.status_code == 422, field
        assert f'id="{field}-problem"' in answer.text, field
    assert installation.ada.get("/api/v1/targets").json()["items"] == []


def test_a_paused_target_is_not_looked_at_until_it_is_resumed(
    installation: Installation, watched: str
) -> None:
    ada, ben = staff(installation, Role.ADMIN), staff(installation, Role.EDITOR)
    here = f"{HERE}/{watched}"
    assert ben.send(f"{here}/probe").headers["location"] == here
    assert ada.send(f"{here}/pause").status_code == 303
    assert "Paused" in ada.get(here).text
    refused = ben.send(f"{here}/probe")
    assert refused.status_code == 409
    assert "The target is paused. Resume it first." in refused.text
    assert ada.send(f"{here}/resume").status_code == 303
    assert ben.send(f"{here}/probe").status_code == 303


def test_looking_now_makes_it_due_at_once(
    installation: Installation, forecasting: ForecastDriver, watched: str
) -> None:
    with installation.reading(SHELL) as ctx:
        assert not any_due(ctx)
    staff(installation, Role.EDITOR).send(f"{HERE}/{watched}/probe")
    with installation.reading(SHELL) as ctx:
        assert any_due(ctx)


def test_every_reason_has_words() -> None:
    assert set(REASONS) == set(Reason)


def test_the_target_of_the_page_cannot_be_deleted_and_its_screens_say_why(
    installation: Installation,
) -> None:
    with installation.writing(SHELL) as ctx:
        ensure_own_target(ctx, BASE_URL)
        (own,) = targets.list_targets(ctx, cursor=None, limit=2).items
    ada = staff(installation, Role.ADMIN)
    assert "This page" in ada.get("/console/certificates").text
    page = ada.get(f"/console/certificates/{own.id}").text
    assert "This is the host of the page (FYR_BASE_URL)." in page
    assert "Delete this target" not in page
    answer = ada.send(f"/console/certificates/{own.id}/delete")
    assert answer.status_code == 409
    assert "Pause the target, or change the setting first." in answer.text
    answer = installation.ada.delete(f"/api/v1/targets/{own.id}")
    assert (answer.status_code, answer.json()["code"]) == (409, "own_target")


def test_the_first_screen_says_which_services_fail_with_the_page(
    installation: Installation,
) -> None:
    with installation.writing(SHELL) as ctx:
        ensure_own_target(ctx, BASE_URL)
        make_service(ctx)
        make_target(ctx)
        verdict = {"profile": "legacy-openssl", "reason": "expired"}
        for row in ctx.session.exec(select(TargetRow)).all():
            row.state = "failing"
            ctx.session.add(
                ProbeRow(
                    target_id=row.id or 0,
                    probed_at=ctx.now,
                    address="192.0.2.1",
                    result={"verdicts": [verdict]},
                )
            )
    page = staff(installation, Role.VIEWER).get("/console/").text
    assert "Your status page fails for the same clients as Payments" in page
    assert "Your status page fails" not in installation.vera.get("/en/").text
