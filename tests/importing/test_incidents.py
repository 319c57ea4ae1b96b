"""Incidents of a source in the form that Fyr stores."""

from datetime import UTC, datetime, timedelta

from app.domain.statuses import IncidentStatus
from app.importing.incidents import SourceIncident, SourceUpdate, incident_items
from app.ports.importer import ImportItem

START = datetime(2026, 11, 1, 12, tzinfo=UTC)


def test_an_end_in_the_moment_of_the_last_update_follows_it() -> None:
    typed = START + timedelta(hours=2)
    last = SourceUpdate("1", START, IncidentStatus.IDENTIFIED, "Text.", typed_at=typed)
    incident = SourceIncident("i", "Title", START, [last], ended_at=START)
    *_, item = incident_items(incident, now=START + timedelta(days=1), place="i")
    assert isinstance(item, ImportItem)
    updates = item.content["updates"]
    assert [each["status"] for each in updates] == ["identified", "resolved"]
    # Updates are ordered by their times, and then by when they were written.
    assert updates[1]["created_at"] == updates[0]["created_at"] == "2026-11-01T14:00:00Z"
