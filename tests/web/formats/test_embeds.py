"""What stands on other people's pages."""

import re
from pathlib import Path

import pytest
from lxml import html

from app.domain.statuses import IncidentStatus, ServiceStatus
from app.rendering.formats import embed
from app.usecases.incidents.lifecycle import post_update
from tests.cast import Installation
from tests.factories import make_incident, make_maintenance, make_service, update

_DOCUMENT = Path(__file__).parents[3] / "docs" / "embed.md"


@pytest.fixture
def calm(installation: Installation) -> Installation:
    with installation.writing() as ctx:
        make_service(ctx, "mail")
        make_service(ctx, "payments")
    return installation


def _framed(installation: Installation, path: str) -> str:
    (body,) = html.document_fromstring(installation.vera.get(path).content).iter("body")
    return "".join(str(part) for part in body.itertext()).strip()


def test_nothing_is_shown_while_all_is_well(calm: Installation) -> None:
    assert calm.vera.get("/embed/banner.json").json()["shown"] is False
    assert _framed(calm, "/embed/banner") == ""


def test_what_is_wrong_is_shown_until_it_is_over(calm: Installation) -> None:
    with calm.writing() as ctx:
        words = {"mail": ServiceStatus.MAJOR_OUTAGE}
        incident = make_incident(ctx, update(services=words), title="<b>No mail</b>").incident.id
    state = calm.vera.get("/embed/banner.json?locale=sv").json()
    assert (state["shown"], state["indicator"], state["language"]) == (True, "major", "sv")
    assert state["text"] == "Omfattande avbrott: Mail"
    assert (state["title"], state["close"]) == ("<b>No mail</b>", "Stäng")
    assert "<b>No mail</b>" in _framed(calm, "/sv/embed/banner")
    with calm.writing() as ctx:
        post_update(ctx, incident, update(IncidentStatus.RESOLVED))
    assert calm.vera.get("/embed/banner.json").json()["shown"] is False


def test_planned_work_is_not_shown(calm: Installation) -> None:
    with calm.writing() as ctx:
        make_maintenance(ctx)
    calm.clock.forward(days=1)
    state = calm.vera.get("/embed/banner.json").json()
    assert (state["indicator"], state["shown"]) == ("maintenance", False)


def test_an_incident_without_services_is_named_by_its_title(calm: Installation) -> None:
    with calm.writing() as ctx:
        make_incident(ctx, title="We look into reports")
    state = calm.vera.get("/embed/banner.json").json()
    assert (state["shown"], state["text"], state["title"]) == (
        True,
        "Active incident: We look into reports",
        None,
    )


def test_the_banner_may_stand_in_a_frame_and_do_nothing_there(calm: Installation) -> None:
    policy = calm.vera.get("/embed/banner").headers["content-security-policy"]
    assert "frame-ancestors *" in policy
    assert "script-src" not in policy
    assert embed.STYLE_HASH in policy


def test_the_script_may_be_loaded_by_any_site(calm: Installation) -> None:
    answer = calm.vera.get("/embed.js")
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.content == embed.script()
    # Nothing in it can be stopped by a policy against inline code, or make markup of a text.
    assert not re.search(r"innerHTML|eval\(|setAttribute\(\"style|document\.write", answer.text)


def test_the_document_shows_the_hash_of_the_script() -> None:
    assert embed.script_hash() in _DOCUMENT.read_text(encoding="utf-8")
