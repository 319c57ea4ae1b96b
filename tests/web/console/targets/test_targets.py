from datetime import timedelta
from pathlib import Path

import pytest

from app.domain.certificates.findings import Reason
from app.domain.permissions import Role
from app.rendering.filters.console_certificates import REASONS
from app.usecases.context import SHELL
from app.usecases.targets.probes import any_due
from tests.cast import House
from tests.console import staff
from tests.usecases.targets.ahead import Lookout

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
def lookout(house: House, tmp_path: Path) -> Lookout:
    return Lookout(house, tmp_path)


@pytest.fixture
def watched(lookout: Lookout) -> str:
    """A target that serves the long chain, with its days ahead known."""
    found = lookout.watch()
    lookout.see(found, lookout.long_chain())
    lookout.look_ahead()
    return found


def test_the_list_tells_state_and_what_ends_next(house: House, watched: str) -> None:
    page = staff(house, Role.VIEWER).get(HERE).text
    assert "Every client connects" in page or "Something needs a look" in page
    assert "1 client profile will stop trusting pay.example in 21 days" in page
    assert "Watch another host" not in page


def test_one_target_tells_who_breaks_when_and_why(house: House, watched: str) -> None:
    page = staff(house, Role.VIEWER).get(f"{HERE}/{watched}").text
    assert "older on-site devices and card terminals (7 %)" in page
    assert "“Demo Old Root X3” expires. The root ends, and nobody renews it." in page
    assert "<h2>What lies ahead</h2>" in page
    assert "<h2>Findings</h2>" in page
    assert "Delete this target" not in page


def test_the_picture_says_the_same_in_words(house: House, watched: str) -> None:
    cy = staff(house, Role.VIEWER)
    answer = cy.get(f"{HERE}/{watched}/chain.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert "style-src 'sha256-" in answer.headers["content-security-policy"]
    assert "Demo Root X1" in answer.text
    assert "“Demo Root X1” is valid from" in cy.get(f"{HERE}/{watched}").text


def test_a_new_chain_is_told_beside_the_one_before(
    house: House, lookout: Lookout, watched: str
) -> None:
    lookout.at(house.clock.now + timedelta(hours=1))
    lookout.see(watched, lookout.short_chain())
    page = staff(house, Role.VIEWER).get(f"{HERE}/{watched}").text
    assert "The cross-sign “Demo Root X1” is no longer served." in page
    assert "The first that was seen there." in page


def test_a_host_that_was_never_reached_has_a_page(house: House, lookout: Lookout) -> None:
    page = staff(house, Role.VIEWER).get(f"{HERE}/{lookout.watch()}")
    assert page.status_code == 200
    assert "No certificate has been seen here yet." in page.text


def test_a_target_is_added_changed_and_deleted(house: House, lookout: Lookout) -> None:
    ada = staff(house, Role.ADMIN)
    here = ada.send(HERE, GIVEN).headers["location"]
    target = house.ada.get(f"/api/v1/targets/{here.rpartition('/')[2]}").json()
    assert (target["port"], target["publish"], target["services"]) == (
        8443,
        "auto_after:10",
        ["payments"],
    )
    assert target["profiles"] is None
    assert 'value="14"' in ada.get(f"{here}/edit").text
    changed = {**GIVEN, "warn_days": "30", "profiles": ["current"], "services": []}
    assert ada.send(f"{here}/edit", changed).headers["location"] == here
    target = house.ada.get(f"/api/v1/targets/{target['id']}").json()
    assert (target["warn_days"], target["profiles"], target["services"]) == (30, ["current"], [])
    assert ada.send(f"{here}/delete").headers["location"] == HERE
    assert ada.get(here).status_code == 404


def test_what_is_wrong_stands_beside_its_field(house: House, lookout: Lookout) -> None:
    ada = staff(house, Role.ADMIN)
    for field, value in WRONG:
        answer = ada.send(HERE, {**GIVEN, field: value})
        assert answer.status_code == 422, field
        assert f'id="{field}-problem"' in answer.text, field
    assert house.ada.get("/api/v1/targets").json()["items"] == []


def test_a_paused_target_is_not_looked_at_until_it_is_resumed(house: House, watched: str) -> None:
    ada, ben = staff(house, Role.ADMIN), staff(house, Role.EDITOR)
    here = f"{HERE}/{watched}"
    assert ben.send(f"{here}/probe").headers["location"] == here
    assert ada.send(f"{here}/pause").status_code == 303
    assert "Paused" in ada.get(here).text
    refused = ben.send(f"{here}/probe")
    assert refused.status_code == 409
    assert "It is paused. Resume it first." in refused.text
    assert ada.send(f"{here}/resume").status_code == 303
    assert ben.send(f"{here}/probe").status_code == 303


def test_looking_now_makes_it_due_at_once(house: House, lookout: Lookout, watched: str) -> None:
    with house.reading(SHELL) as ctx:
        assert not any_due(ctx)
    staff(house, Role.EDITOR).send(f"{HERE}/{watched}/probe")
    with house.reading(SHELL) as ctx:
        assert any_due(ctx)


def test_every_reason_has_words() -> None:
    assert set(REASONS) == set(Reason)
