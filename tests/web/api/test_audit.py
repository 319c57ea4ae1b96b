from app.domain.ownership import ActorKind
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.usecases import holding, replies
from app.usecases.context import Actor
from app.usecases.writes import Publish
from tests.cast import House
from tests.factories import (
    english,
    make_incident,
    make_maintenance,
    make_service,
    make_target,
    update,
)
from tests.web.api.routes import Operation, api_operations

INCIDENT = "/api/v1/incidents/{incident_id}"
TARGET = "/api/v1/targets/{target_id}"
MAINTENANCE = "/api/v1/maintenances/{maintenance_id}"
HELD = "/api/v1/held/{held_id}"
REPLY = "/api/v1/saved-replies/{reply_id}"
WINDOW = {
    "title": "Upgrade",
    "body": "It may be slow.",
    "services": ["payments"],
    "starts_at": "2026-03-03T02:00:00Z",
    "ends_at": "2026-03-03T04:00:00Z",
}


def test_every_write_is_told_newest_first_with_who_did_it(house: House) -> None:
    for slug in ("a", "b"):
        house.ada.post("/api/v1/services", {"slug": slug, "name": slug})
    entries = house.ada.get("/api/v1/audit?limit=2").json()
    newest, before = entries["items"]
    assert (newest["action"], newest["after"]) == ("service.add", {"slug": "b"})
    assert before["after"] == {"slug": "a"}
    assert newest["actor_kind"] == "token"
    assert newest["actor_name"].startswith("admin (")
    assert newest["at"] == "2026-03-02T12:00:00Z"


def test_the_trail_of_one_thing_is_told_alone(house: House) -> None:
    made = [
        house.ada.post("/api/v1/services", {"slug": slug, "name": slug}).json() for slug in "ab"
    ]
    found = house.ada.get(f"/api/v1/audit?subject_id={made[0]['id']}").json()["items"]
    assert [entry["subject_id"] for entry in found] == [made[0]["id"]]


def test_the_trail_is_read_page_by_page_to_its_beginning(house: House) -> None:
    seen, cursor = [], ""
    while True:
        listing = house.ada.get(f"/api/v1/audit?limit=1{cursor}").json()
        seen += [entry["action"] for entry in listing["items"]]
        if listing["next"] is None:
            break
        cursor = f"&cursor={listing['next']}"
    assert seen == ["token.add"] * 3


def test_no_secret_is_told(house: House) -> None:
    trail = house.ada.get("/api/v1/audit").text
    assert not any(secret in trail for secret in house.tokens.values())


def deeds(house: House) -> dict[Operation, tuple[str, object]]:
    """For each operation that writes, an address and a body with which it succeeds."""
    with house.writing(Actor(ActorKind.PROBE, "probe")) as ctx:
        first = update(services={"payments": ServiceStatus.MAJOR_OUTAGE})
        open_one = make_incident(ctx, first, cause="c").incident
    with house.writing() as ctx:
        draft = make_incident(ctx, publish=False).incident.id
        drafts = [make_incident(ctx, publish=False).incident.id for _ in range(2)]
        done = make_incident(ctx, update(IncidentStatus.RESOLVED)).incident.id
        target = make_target(ctx).id
        window = make_maintenance(ctx).maintenance.id
        reply = replies.add_reply(ctx, "Spare", english("B")).id
        held = [holding.submit(ctx, Publish(each), undoable=True) for each in drafts]
        waiting = [each.id for each in held if isinstance(each, holding.Held)]
    incident = f"/api/v1/incidents/{open_one.id}"
    return {
        ("POST", "/api/v1/services"): ("/api/v1/services", {"slug": "new", "name": "New"}),
        ("PATCH", "/api/v1/services/{slug}"): ("/api/v1/services/spare", {"name": "Other"}),
        ("DELETE", "/api/v1/services/{slug}"): ("/api/v1/services/spare", None),
        ("POST", "/api/v1/incidents"): ("/api/v1/incidents", {"title": "T", "body": "B"}),
        ("PATCH", INCIDENT): (incident, {"title": "U"}),
        ("POST", f"{INCIDENT}/publish"): (f"/api/v1/incidents/{draft}/publish", None),
        ("POST", f"{INCIDENT}/take-over"): (f"{incident}/take-over", None),
        ("POST", f"{INCIDENT}/hand-back"): (f"{incident}/hand-back", None),
        ("POST", f"{INCIDENT}/updates"): (
            f"{incident}/updates",
            {"status": "monitoring", "body": "B"},
        ),
        ("PATCH", f"{INCIDENT}/updates/{{update_id}}"): (
            f"{incident}/updates/{open_one.updates[0].id}",
            {"body": "C"},
        ),
        ("PUT", f"{INCIDENT}/postmortem"): (
            f"/api/v1/incidents/{done}/postmortem",
            {"body": "B", "publish": True},
        ),
        ("DELETE", INCIDENT): (incident, None),
        ("POST", "/api/v1/targets"): ("/api/v1/targets", {"host": "b.example", "services": []}),
        ("PATCH", TARGET): (f"/api/v1/targets/{target}", {"warn_days": 30}),
        ("POST", f"{TARGET}/pause"): (f"/api/v1/targets/{target}/pause", None),
        ("POST", f"{TARGET}/resume"): (f"/api/v1/targets/{target}/resume", None),
        ("DELETE", TARGET): (f"/api/v1/targets/{target}", None),
        ("POST", "/api/v1/maintenances"): ("/api/v1/maintenances", WINDOW),
        ("PATCH", MAINTENANCE): (f"/api/v1/maintenances/{window}", {"title": "U"}),
        ("DELETE", MAINTENANCE): (f"/api/v1/maintenances/{window}", None),
        ("POST", "/api/v1/saved-replies"): (
            "/api/v1/saved-replies",
            {"name": "Looking", "body": "We are looking into it."},
        ),
        ("PATCH", REPLY): (f"/api/v1/saved-replies/{reply}", {"name": "Slow"}),
        ("DELETE", REPLY): (f"/api/v1/saved-replies/{reply}", None),
        ("PATCH", "/api/v1/page"): ("/api/v1/page", {"nag_minutes": 20}),
        ("POST", f"{HELD}/withdraw"): (f"/api/v1/held/{waiting[0]}/withdraw", None),
        ("POST", f"{HELD}/approve"): (f"/api/v1/held/{waiting[1]}/approve", None),
    }


def test_every_write_leaves_one_entry(house: House) -> None:
    with house.writing() as ctx:
        make_service(ctx, "payments")
        make_service(ctx, "spare")
    done = deeds(house)
    assert set(done) == {each for each in api_operations(house.app) if each[0] != "GET"}
    for (method, path), (address, body) in done.items():
        before = house.ada.get("/api/v1/audit?limit=100").json()["items"]
        answer = house.ada.ask(method, address, json=body)
        assert answer.status_code < 300, (method, path, answer.text)
        after = house.ada.get("/api/v1/audit?limit=100").json()["items"]
        # Who approves does one thing, and lets the author do another.
        entries = 2 if path.endswith("/approve") else 1
        assert after[entries:] == before, (method, path)
        assert after[0]["actor_name"].startswith("admin (")


def test_a_refused_write_leaves_none(house: House) -> None:
    before = house.ada.get("/api/v1/audit").json()
    house.ada.post("/api/v1/services", {"slug": "a", "name": ""})
    house.cy.post("/api/v1/services", {"slug": "a", "name": "A"})
    assert house.ada.get("/api/v1/audit").json() == before
