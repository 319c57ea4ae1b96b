import pytest

from app.domain.statuses import IncidentStatus
from tests.cast import Installation
from tests.factories import make_incident, update


@pytest.fixture
def path(installation: Installation) -> str:
    """The postmortem of a resolved incident."""
    with installation.writing() as ctx:
        incident = make_incident(ctx, update(IncidentStatus.RESOLVED)).incident.id
    return f"/api/v1/incidents/{incident}/postmortem"


def test_a_postmortem_is_written_published_and_withdrawn(
    installation: Installation, path: str
) -> None:
    written = installation.ben.put(path, {"body": "## Cause", "publish": False}).json()[
        "postmortem"
    ]
    assert written.pop("notify") is True
    assert written == {
        "body": {"en": "## Cause"},
        "published_at": None,
        "edited_at": None,
        "notified": None,
    }
    installation.clock.forward(hours=1)
    published = installation.ben.put(path, {"body": "## The cause", "publish": True}).json()[
        "postmortem"
    ]
    assert published["published_at"] == published["edited_at"] == "2026-03-02T13:00:00Z"
    withdrawn = installation.ben.put(path, {"body": "## The cause", "publish": False}).json()
    assert withdrawn["postmortem"]["published_at"] is None


def test_rewriting_keeps_the_day_of_publication(installation: Installation, path: str) -> None:
    installation.ben.put(path, {"body": "One.", "publish": True})
    installation.clock.forward(days=1)
    again = installation.ben.put(path, {"body": "Two.", "publish": True}).json()["postmortem"]
    assert again["published_at"] == "2026-03-02T12:00:00Z"
    assert again["edited_at"] == "2026-03-03T12:00:00Z"


def test_it_is_written_after_the_end(installation: Installation) -> None:
    with installation.writing() as ctx:
        incident = make_incident(ctx).incident.id
    refused = installation.ben.put(
        f"/api/v1/incidents/{incident}/postmortem", {"body": "x", "publish": True}
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "incident_open")
