"""The report: months by availability, downtime and incidents, as page, CSV and JSON."""

import csv
import io
from datetime import timedelta
from pathlib import Path

import pytest

from app.domain.statuses import IncidentStatus, ServiceStatus
from app.usecases.incidents.lifecycle import NewUpdate, post_update
from app.usecases.services.services import add_service
from tests.cast import Installation
from tests.factories import english, make_incident, update
from tests.usecases.targets.forecasting import ForecastDriver, broken


@pytest.fixture
def reported(own_installation: Installation) -> Installation:
    """Two services: one known for 60 days with an outage of two hours, one known for a day."""
    now = own_installation.clock.now
    with own_installation.writing() as ctx:
        since = now - timedelta(days=60)
        add_service(ctx, "cards", english("=Cards"), known_since=since)
        add_service(ctx, "fresh", english("Fresh"), known_since=now - timedelta(days=1))
        at = now - timedelta(days=40)
        first = update(services={"cards": ServiceStatus.MAJOR_OUTAGE}, posted_at=at)
        made = make_incident(ctx, first)
        over = NewUpdate(
            IncidentStatus.RESOLVED,
            english("Over"),
            {},
            posted_at=at + timedelta(hours=2),
            confirm=("started_long_ago", "moves_start_back"),
        )
        post_update(ctx, made.incident.id, over)
    return own_installation


def test_the_report_has_months_by_availability_downtime_and_incidents(
    reported: Installation,
) -> None:
    report = reported.vera.get("/report.json").json()
    cards, fresh = report["services"]
    assert sum(month["downtime_seconds"] for month in cards["months"]) == 7200
    assert sum(month["incidents"] for month in cards["months"]) == 1
    worst = min(cards["months"], key=lambda month: month["availability"])
    assert worst["availability"] == round(1 - 7200 / worst["known_seconds"], 7)
    assert {month["availability"] for month in fresh["months"]} == {None}
    assert sum(month["incidents"] for month in report["all"]) == 1


def test_a_service_has_its_own_report(reported: Installation) -> None:
    report = reported.vera.get("/en/services/cards/report.json").json()
    assert [each["slug"] for each in report["services"]] == ["cards"]
    assert report["all"] is None


def test_the_page_of_the_report_of_a_service_has_its_numbers(reported: Installation) -> None:
    page = reported.vera.get("/en/services/cards/report").text
    assert "Report by month" in page
    assert "2 hours" in page
    assert 'href="/en/services/cards/report.csv"' in page


def test_there_is_no_report_of_an_unknown_service(reported: Installation) -> None:
    assert reported.vera.get("/services/nothing/report").status_code == 404
    assert reported.vera.get("/services/nothing/report.csv").status_code == 404


def test_the_csv_has_a_line_for_each_month_and_no_formula(reported: Installation) -> None:
    answer = reported.vera.get("/report.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert {line["service"] for line in lines} == {"cards", "fresh", ""}
    assert {line["name"] for line in lines if line["service"] == "cards"} == {"'=Cards"}


def test_the_page_says_what_it_cannot_know(reported: Installation) -> None:
    page = reported.vera.get("/en/report").text
    assert "Collecting data since" in page
    assert "No downtime" in page
    assert "All services" in page
    assert reported.vera.get("/sv/report").status_code == 200


def test_the_report_of_an_empty_page_is_empty(own_installation: Installation) -> None:
    assert own_installation.vera.get("/report.json").json()["services"] == []
    assert "No services yet" in own_installation.vera.get("/en/report").text


def test_the_report_says_how_long_after_the_first_sign_incidents_were_published(
    own_installation: Installation, tmp_path: Path
) -> None:
    broken(ForecastDriver(own_installation, tmp_path))
    (month,) = [
        month
        for month in own_installation.vera.get("/report.json").json()["all"]
        if month["incidents"]
    ]
    assert (month["first_signs"], month["median_delay_seconds"]) == (1, 30)
    lines = list(csv.DictReader(io.StringIO(own_installation.vera.get("/report.csv").text)))
    assert {line["longest_delay_seconds"] for line in lines if line["first_signs"] == "1"} == {"30"}
    page = own_installation.vera.get("/en/report").text
    assert '<td data-label="First sign to publication">1 minute</td>' in page


def test_the_report_of_staff_alone_says_nothing_of_first_signs(reported: Installation) -> None:
    assert "First sign" not in reported.vera.get("/en/report").text
    assert {month["first_signs"] for month in reported.vera.get("/report.json").json()["all"]} == {
        0
    }
