"""What staff do unseen changes no byte that a visitor can get, not even a time or a number."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import httpx
import pytest

from app.db.migrate import upgrade
from app.domain.ownership import ActorKind
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.usecases.context import Actor
from app.usecases.incidents.lifecycle import post_update
from tests.cast import Installation, Person, open_installation
from tests.databases import Run, copy_sqlite
from tests.factories import make_incident, make_maintenance, make_service, update

API = "/api/v1"
# They have the time of the last change, and the number of changes.
QUICK = ("/api/v2/summary.json", "/calendar.ics", "/feed.json")


@dataclass(frozen=True)
class Scene:
    """An installation, and the ids of what is in it."""

    installation: Installation
    open: str
    over: str
    automatic: str
    draft: str
    maintenance: str
    draft_maintenance: str

    def seen(self, paths: Sequence[str] = ()) -> dict[str, str]:
        """What a visitor gets, by address; at all of them by default."""
        paths = paths or (
            *("/en/", "/en/history", "/report.csv", "/feed.atom", "/feed.json", "/calendar.ics"),
            *("/history.rss", "/index.txt", "/sitemap.xml", "/api/v2/summary.json"),
            *("/api/v2/incidents.json", "/api/v2/scheduled-maintenances.json"),
            *(f"/en/incidents/{each}" for each in (self.open, self.over, self.automatic)),
            f"/en/maintenances/{self.maintenance}",
            "/en/services/mail",
        )
        return {path: self.installation.vera.get(path).text for path in paths}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("unseen")
    copy_sqlite(Run.current(), upgrade, folder / "fyr.db")
    with open_installation(f"sqlite:///{folder / 'fyr.db'}", folder) as installation:
        slow = {"mail": ServiceStatus.PARTIAL_OUTAGE}
        with installation.writing() as ctx:
            make_service(ctx, "mail")
            opened = make_incident(ctx, update(services=slow)).incident.id
            over = make_incident(ctx, update(services=slow), title="Over").incident.id
            post_update(ctx, over, update(IncidentStatus.RESOLVED))
            planned = make_maintenance(ctx, "mail").id
            unseen = make_maintenance(ctx, "mail", publish=False).id
            draft = make_incident(ctx, update(services=slow), publish=False).incident.id
        with installation.writing(Actor(ActorKind.PROBE, "probe")) as ctx:
            automatic = make_incident(ctx, cause="certificate:1").incident.id
        installation.sign_in_ada()
        yield Scene(installation, opened, over, automatic, draft, planned, unseen)


Act = Callable[[Person, Scene], httpx.Response]
# In this order: the later ones build on the earlier ones.
UNSEEN: dict[str, Act] = {
    "an update of a draft": lambda who, it: who.post(
        f"{API}/incidents/{it.draft}/updates", {"status": "identified", "body": "x"}
    ),
    "a title of a draft": lambda who, it: who.patch(f"{API}/incidents/{it.draft}", {"title": "x"}),
    "a new draft": lambda who, _: who.post(
        f"{API}/incidents", {"title": "x", "body": "y", "publish": False}
    ),
    "a deleted draft": lambda who, it: who.delete(f"{API}/incidents/{it.draft}"),
    "a note": lambda who, it: who.post(f"{API}/incidents/{it.open}/notes", {"body": "x"}),
    "a postmortem for staff": lambda who, it: who.put(
        f"{API}/incidents/{it.over}/postmortem", {"body": "x", "publish": False}
    ),
    "the postmortem again": lambda who, it: who.put(
        f"{API}/incidents/{it.over}/postmortem", {"body": "y", "publish": False}
    ),
    "another owner": lambda who, it: who.post(f"{API}/incidents/{it.automatic}/take-over"),
    "the owner before": lambda who, it: who.post(f"{API}/incidents/{it.automatic}/hand-back"),
    "a draft of a maintenance": lambda who, it: who.patch(
        f"{API}/maintenances/{it.draft_maintenance}", {"title": "x"}
    ),
    "a deleted draft of a maintenance": lambda who, it: who.delete(
        f"{API}/maintenances/{it.draft_maintenance}"
    ),
    "settings of staff": lambda who, _: who.patch(
        f"{API}/page", {"undo_seconds": 9, "reminder_minutes": 9, "four_eyes_automation": True}
    ),
    "a setting as it was": lambda who, _: who.patch(f"{API}/page", {"time_zone": "Etc/UTC"}),
    "a source": lambda who, _: who.post(f"{API}/sources", {"kind": "generic", "name": "A"}),
    "a target": lambda who, _: who.post(
        f"{API}/targets", {"host": "example.com", "services": ["mail"]}
    ),
    "a user": lambda who, _: who.post(
        f"{API}/users", {"email": "eve@example.com", "role": "viewer"}
    ),
    "a token": lambda who, _: who.post(f"{API}/tokens", {"name": "x", "role": "viewer"}),
}


def test_what_visitors_do_not_see_changes_nothing_that_they_get(scene: Scene) -> None:
    installation = scene.installation
    installation.clock.forward(minutes=1)
    before = scene.seen()
    for name, act in UNSEEN.items():
        assert act(installation.ada, scene).status_code in {200, 201, 204}, name
        assert scene.seen(QUICK).items() <= before.items(), name
    assert scene.seen() == before


SEEN: dict[str, Act] = {
    "a postmortem": lambda who, it: who.put(
        f"{API}/incidents/{it.over}/postmortem", {"body": "y", "publish": True}
    ),
    "its withdrawal": lambda who, it: who.put(
        f"{API}/incidents/{it.over}/postmortem", {"body": "y", "publish": False}
    ),
    "another name": lambda who, _: who.patch(f"{API}/page", {"name": "Another"}),
}


def test_what_visitors_see_changes_the_time_of_the_last_change(scene: Scene) -> None:
    installation = scene.installation
    for name, act in SEEN.items():
        installation.clock.forward(minutes=1)
        before = scene.seen(QUICK[:1])
        assert act(installation.ada, scene).status_code == 200
        assert scene.seen(QUICK[:1]) != before, name


def test_a_draft_waits_for_approval_unseen(scene: Scene) -> None:
    installation = scene.installation
    installation.clock.forward(minutes=1)
    before = scene.seen()
    assert installation.ada.patch(f"{API}/page", {"four_eyes": True}).status_code == 200
    sent = {"status": "identified", "body": "Hush"}
    answer = installation.ben.post(f"{API}/incidents/{scene.open}/updates", sent)
    assert answer.status_code == 202
    assert scene.seen() == before
