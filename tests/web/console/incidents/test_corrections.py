"""A typo in a time or an update too many, mended in the console."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from lxml import html

from app.domain.permissions import Role
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.usecases.incidents.lifecycle import get_incident, post_update
from app.usecases.incidents.records import StaffIncident
from app.usecases.page.settings import PageChange, edit_page
from tests.cast import ADA, Installation
from tests.console import Staff, staff
from tests.factories import make_incident, make_service, update
from tests.usecases.targets.forecasting import ForecastDriver, broken, only_id

MINUTE = "%Y-%m-%dT%H:%M"


def begun(installation: Installation) -> tuple[Staff, StaffIncident]:
    with installation.writing(ADA) as ctx:
        edit_page(ctx, PageChange(undo_seconds=0))
    with installation.writing() as ctx:
        make_service(ctx)
        outage = {"payments": ServiceStatus.MAJOR_OUTAGE}
        opened = make_incident(ctx, update(services=outage)).incident.id
        identified = post_update(ctx, opened, update(IncidentStatus.IDENTIFIED, body="Found."))
    return staff(installation, Role.EDITOR), identified


def stored(installation: Installation, incident: StaffIncident) -> StaffIncident:
    with installation.reading() as ctx:
        return get_incident(ctx, incident.incident.id)


def test_the_form_questions_an_update_a_month_early(installation: Installation) -> None:
    ben, known = begun(installation)
    path = f"/console/incidents/{known.incident.id}/update"
    early = known.incident.started_at - timedelta(days=31)
    fields = {
        "status": "resolved",
        "body:en": "Over.",
        "posted_at": early.strftime(MINUTE),
        "seen": known.newest_update or "",
        "moves_start_back": "",
        "stays_open": "",
    }
    assert 'name="moves_start_back"' in ben.get(path).text
    asked = ben.send(path, fields)
    assert asked.status_code == 409
    assert "back 31 days" in asked.text
    assert 'value="moves_start_back"' in asked.text
    asked = ben.send(path, {**fields, "confirm": ["moves_start_back"]})
    assert "so the incident stays open" in asked.text
    assert 'value="moves_start_back" checked' in asked.text
    sent = ben.send(path, {**fields, "confirm": ["moves_start_back", "stays_open"]})
    assert sent.status_code == 303
    assert len(stored(installation, known).incident.updates) == 3


def test_the_form_of_an_update_corrects_its_time(installation: Installation) -> None:
    ben, known = begun(installation)
    newest = known.incident.updates[0]
    path = f"/console/incidents/{known.incident.id}/updates/{newest.id}"
    earlier = (known.incident.started_at - timedelta(hours=2)).strftime(MINUTE)
    assert newest.posted_at.strftime(MINUTE) in ben.get(path).text
    sent = ben.send(path, {"body:en": "Found.", "posted_at": earlier, "seen": ""})
    assert sent.status_code == 303
    after = stored(installation, known).incident
    assert after.started_at.strftime(MINUTE) == earlier
    assert after.status is IncidentStatus.INVESTIGATING
    assert "Edited" in installation.vera.get(f"/incidents/{after.id}").text


def test_the_form_of_an_incident_corrects_its_start(installation: Installation) -> None:
    ben, known = begun(installation)
    path = f"/console/incidents/{known.incident.id}/edit"
    earlier = (known.incident.started_at - timedelta(hours=2)).strftime(MINUTE)
    fields = {"title:en": "Some clients cannot connect", "impact": "derived"}
    assert ben.send(path, {**fields, "started_at": earlier}).status_code == 303
    assert stored(installation, known).incident.started_at.strftime(MINUTE) == earlier
    assert "Edited" in installation.vera.get(f"/incidents/{known.incident.id}").text
    future = (known.incident.started_at + timedelta(days=900)).strftime(MINUTE)
    assert ben.send(path, {**fields, "started_at": future}).status_code == 422


def test_a_removed_update_is_gone_for_visitors_and_shown_to_staff(
    installation: Installation,
) -> None:
    ben, known = begun(installation)
    newest = known.incident.updates[0]
    one = f"/console/incidents/{known.incident.id}"
    assert (
        "from “Identified” to “Investigating”" in ben.get(f"{one}/updates/{newest.id}/remove").text
    )
    assert ben.send(f"{one}/updates/{newest.id}/remove").headers["location"] == one
    assert "Found." not in installation.vera.get(f"/incidents/{known.incident.id}").text
    assert "Found." in ben.get(one).text
    only = known.incident.updates[1].id
    assert ben.send(f"{one}/updates/{only}/remove").status_code == 409


def test_the_forms_question_an_incident_that_starts_a_month_early(
    installation: Installation,
) -> None:
    ben, known = begun(installation)
    early = (known.incident.started_at - timedelta(days=31)).strftime(MINUTE)
    questions = {"moves_start_back": "", "started_long_ago": "", "stays_open": ""}
    new = {"status": "investigating", "title:en": "Slow", "body:en": "Slow.", "posted_at": early}
    for path, fields, code in (
        ("/console/incidents/new", new, "started_long_ago"),
        (
            f"/console/incidents/{known.incident.id}/edit",
            {
                "title:en": "Some clients cannot connect",
                "impact": "derived",
                "started_at": early,
            },
            "moves_start_back",
        ),
    ):
        asked = ben.send(path, {**fields, **questions})
        assert asked.status_code == 409
        assert "31 days" in asked.text
        assert f'value="{code}"' in asked.text
        sent = ben.send(path, {**fields, **questions, "confirm": [code]})
        assert sent.status_code == 303, sent.text


def test_the_form_of_an_update_questions_a_time_that_opens_the_incident_again(
    installation: Installation,
) -> None:
    ben, known = begun(installation)
    with installation.writing() as ctx:
        over = post_update(ctx, known.incident.id, update(IncidentStatus.RESOLVED)).incident
    installation.clock.forward(minutes=10)
    identified = over.updates[1]
    path = f"/console/incidents/{over.id}/updates/{identified.id}"
    late = installation.clock.now.strftime(MINUTE)
    fields = {"body:en": "Found.", "posted_at": late, "reopens": ""}
    assert 'name="reopens"' in ben.get(path).text
    asked = ben.send(path, fields)
    assert asked.status_code == 409
    assert "which opens the incident again" in asked.text
    assert ben.send(path, {**fields, "confirm": ["reopens"]}).status_code == 303
    assert stored(installation, known).incident.is_open


def test_the_form_of_an_update_of_automation_has_its_sentences_in_each_language(
    installation: Installation, tmp_path: Path
) -> None:
    driver = ForecastDriver(installation, tmp_path)
    broken(driver)
    incident = only_id(driver)
    made = installation.ben.get(f"/api/v1/incidents/{incident}").json()["updates"][0]["id"]
    ben = staff(installation, Role.EDITOR)
    form: Any = html.document_fromstring(
        ben.get(f"/console/incidents/{incident}/updates/{made}").text
    )
    texts = {
        tag: form.xpath(f"string(//textarea[@name='body:{tag}'])") for tag in ("en", "sv", "ar")
    }
    assert "expired" in texts["en"]
    assert "gick ut" in texts["sv"]
    assert "انتهت" in texts["ar"]
