"""What is certain of an incident, worded to begin a postmortem with."""

from pathlib import Path
from typing import Any

import pytest

from app.domain.statuses import IncidentStatus, ServiceStatus
from app.usecases.incidents.lifecycle import post_update
from tests.cast import Installation
from tests.factories import make_incident, make_service, update
from tests.usecases.targets.forecasting import HOST, ForecastDriver, broken, only_id, probe


@pytest.fixture
def certificate_draft(sqlite_installation: Installation, tmp_path: Path) -> dict[str, Any]:
    """The draft for an incident of a certificate that was served wrongly, and then replaced."""
    forecasting = ForecastDriver(sqlite_installation, tmp_path)
    target, _ = broken(forecasting)
    sqlite_installation.clock.forward(minutes=5)
    probe(forecasting, target, *[forecasting.short_chain()] * 12)
    incident = only_id(forecasting)
    answer = sqlite_installation.cy.get(f"/api/v1/incidents/{incident}/postmortem-draft")
    draft: dict[str, Any] = answer.json()
    return draft


def test_the_draft_has_the_times_of_a_certificate_incident(
    certificate_draft: dict[str, Any],
) -> None:
    assert certificate_draft["first_seen_at"] == "2026-03-23T15:00:00Z"
    assert certificate_draft["published_at"] == "2026-03-23T15:00:30Z"
    assert certificate_draft["recovered_at"] is not None


def test_the_draft_names_what_a_certificate_incident_affected(
    certificate_draft: dict[str, Any],
) -> None:
    draft = certificate_draft
    assert (draft["hosts"], draft["services"]) == ([HOST], ["payments"])
    assert [(each["share"], each["reason"]) for each in draft["clients"]] == [
        (None, "ok"),
        ("7 %", "expired"),
    ]


def test_the_draft_has_the_chains_before_and_after_the_repair(
    certificate_draft: dict[str, Any],
) -> None:
    chains = certificate_draft["chains"]
    assert [chain["phase"] for chain in chains] == ["failing", "mended"]
    assert "change.cross_sign_gone" in chains[1]["changes"]


@pytest.mark.parametrize(
    "sentence",
    [
        "It was first seen on {{2026-03-23T15:00:00Z}}. Time until it was published: 1 minute.",
        "- Payments: Partial outage",
        "These clients could not connect: older on-site devices and card terminals (7 %).",
        "The cross-sign “Demo Root X1” is no longer served.",
    ],
)
def test_the_text_of_the_draft_reports_each_fact(
    certificate_draft: dict[str, Any], sentence: str
) -> None:
    assert sentence in certificate_draft["body"]["en"]


def test_the_draft_has_a_text_in_every_language(certificate_draft: dict[str, Any]) -> None:
    assert certificate_draft["body"].keys() == {"en", "sv", "ar"}
    assert "## Förlopp" in certificate_draft["body"]["sv"]


def test_the_draft_can_be_sent_back_as_the_postmortem(sqlite_installation: Installation) -> None:
    with sqlite_installation.writing() as ctx:
        make_service(ctx)
        first = update(services={"payments": ServiceStatus.MAJOR_OUTAGE})
        incident = make_incident(ctx, first, title="Stars * and [links](http://x)").incident.id
        sqlite_installation.clock.forward(minutes=40)
    with sqlite_installation.writing() as ctx:
        post_update(ctx, incident, update(IncidentStatus.RESOLVED))
    path = f"/api/v1/incidents/{incident}"
    draft = sqlite_installation.ben.get(f"{path}/postmortem-draft").json()
    assert (draft["first_seen_at"], draft["clients"], draft["chains"]) == (None, [], [])
    answered = sqlite_installation.ben.put(
        f"{path}/postmortem", {"body": draft["body"], "publish": True}
    ).json()
    assert answered["postmortem"]["body"] == draft["body"]
    page = sqlite_installation.vera.get(f"/en/incidents/{incident}").text
    assert "The incident “Stars * and [links](http://x)” began" in page
    assert "Time until then: 40 minutes." in page


def test_visitors_get_no_draft(sqlite_installation: Installation) -> None:
    with sqlite_installation.writing() as ctx:
        incident = make_incident(ctx).incident.id
    assert (
        sqlite_installation.vera.get(f"/api/v1/incidents/{incident}/postmortem-draft").status_code
        == 401
    )
