"""Every recorded sender opens and ends the right incident, and the known traps spring on nobody."""

import json
from urllib.parse import urlencode

from app.domain.alerts.sources import EventVerdict
from app.domain.ownership import ActorKind
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.monitors import ADAPTERS
from app.usecases.alerts import ingest
from app.usecases.context import Actor
from app.usecases.incidents import listing
from app.usecases.incidents.records import StaffIncident
from app.usecases.sources import events as source_events
from app.usecases.sources.routes import NewRoute, add_route
from tests.cast import ADA, Installation
from tests.factories import make_service
from tests.monitors.recorded import Recorded, recorded, recorded_tests
from tests.web.hooks.samples import Caller, listen

RESOLVED = IncidentStatus.RESOLVED
# Where a sender's recordings are not called firing and resolved.
CASES = {
    "alertmanager": ("down_firing", "down_resolved"),
    "datadog": ("recommended_firing", "recommended_resolved"),
    "generic": ("default_firing", "default_resolved.form"),
}


def connected(installation: Installation, kind: str, options: object = None) -> Caller:
    """A source of this kind whose alerts are all about a service named after it, and public."""
    mona = listen(installation, kind, options=options or {}, publish="auto", accept_untested=True)
    with installation.writing(ADA) as ctx:
        make_service(ctx, kind)
        add_route(ctx, NewRoute(source=mona.id, services=(kind,), group_wait_seconds=0))
    return mona


def send(mona: Caller, recording: Recorded) -> EventVerdict:
    """Send a recorded event as its sender does; return its verdict."""
    event = recording.event
    query = urlencode(event.query)
    answer = mona.installation.vera.ask(
        event.method,
        f"{mona.url}{event.path}{'?' if query else ''}{query}",
        headers=event.headers,
        content=event.body,
    )
    assert answer.status_code == 202, (recording.kind, recording.case)
    return mona.events()[-1].verdict


def opened(installation: Installation) -> dict[str, StaffIncident]:
    """The incidents by the one service they name."""
    with installation.reading(ADA) as ctx:
        found = listing.list_incidents(ctx, cursor=None, limit=100).items
    return {each.incident.services[0].slug: each for each in found}


def let_pass(installation: Installation, minutes: float) -> None:
    installation.clock.forward(minutes=minutes)
    with installation.writing(Actor(ActorKind.WORKER, "worker")) as ctx:
        ingest.advance(ctx)


def test_every_sender_opens_and_ends_one_incident(installation: Installation) -> None:
    callers = {}
    for kind in ADAPTERS:
        first, last = CASES.get(kind, ("firing", "resolved"))
        firing = recorded(kind, first)
        callers[kind] = connected(installation, kind, firing.options), recorded(kind, last)
        assert send(callers[kind][0], firing) is EventVerdict.ALERTS, kind
    assert set(opened(installation)) == set(ADAPTERS)
    installation.clock.forward(minutes=2)
    for kind, (mona, resolved) in callers.items():
        assert send(mona, resolved) is EventVerdict.ALERTS, kind
    let_pass(installation, 1)
    let_pass(installation, 3)
    assert {
        kind: each.incident.status for kind, each in opened(installation).items()
    } == dict.fromkeys(ADAPTERS, RESOLVED)


def test_the_test_deliveries_of_every_sender_open_nothing(installation: Installation) -> None:
    callers: dict[str, Caller] = {}
    for recording in recorded_tests():
        kind = recording.kind
        if kind not in callers:
            callers[kind] = connected(installation, kind, recording.options)
        assert send(callers[kind], recording) is EventVerdict.NOTHING, (kind, recording.case)
    let_pass(installation, 5)
    assert opened(installation) == {}
    with installation.reading(ADA) as ctx:
        assert source_events.list_alerts(ctx, cursor=None, limit=9).items == ()


def test_what_is_resolved_at_the_top_may_go_on_failing_below(installation: Installation) -> None:
    mona = connected(installation, "alertmanager")
    for case in ("firing", "truncated_trap"):
        send(mona, recorded("alertmanager", case))
    let_pass(installation, 5)
    assert opened(installation)["alertmanager"].incident.status is not RESOLVED


def test_truncated_trap_straight_after_truncated_firing_ends_nothing(
    installation: Installation,
) -> None:
    mona = connected(installation, "alertmanager")
    for case in ("truncated_firing", "truncated_trap"):
        send(mona, recorded("alertmanager", case))
    let_pass(installation, 1)
    let_pass(installation, 3)
    assert opened(installation)["alertmanager"].incident.status is not RESOLVED
    # The group as a whole, nothing cut off.
    send(mona, recorded("alertmanager", "resolved"))
    let_pass(installation, 1)
    let_pass(installation, 3)
    assert opened(installation)["alertmanager"].incident.status is RESOLVED


def test_a_group_of_which_nothing_was_cut_off_states_what_it_lists(
    installation: Installation,
) -> None:
    mona = connected(installation, "alertmanager")
    for case in ("firing", "partial", "resolved"):
        send(mona, recorded("alertmanager", case))
    assert [event.detail for event in mona.events()] == ["2 new", "1 again, 1 ends", "1 ends"]


def test_a_mixed_group_ends_only_what_has_ended(installation: Installation) -> None:
    mona = connected(installation, "alertmanager")
    for case in ("firing", "partial"):
        send(mona, recorded("alertmanager", case))
    let_pass(installation, 5)
    assert opened(installation)["alertmanager"].incident.status is not RESOLVED
    send(mona, recorded("alertmanager", "resolved"))
    let_pass(installation, 1)
    let_pass(installation, 3)
    assert opened(installation)["alertmanager"].incident.status is RESOLVED


def test_notices_that_nobody_takes_back_open_nothing(installation: Installation) -> None:
    for kind, case in (
        ("uptime-kuma", "cert_expiry"),
        ("uptimerobot", "ssl_expiry"),
        ("checkly", "ssl"),
        ("sentry", "event_alert_firing"),
    ):
        recording = recorded(kind, case)
        send(connected(installation, kind, recording.options), recording)
    let_pass(installation, 5)
    assert opened(installation) == {}


def test_nothing_that_a_monitor_says_reaches_a_visitor(installation: Installation) -> None:
    mona = connected(installation, "generic")
    fields = {
        "dedup_key": "tell-tale-key",
        "status": "firing",
        "severity": "critical",
        "title": "tell-tale title",
        "description": "tell-tale description",
        "labels": {"instance": "tell-tale-host.internal", "tell-tale": "label"},
        "url": "https://tell-tale.example/",
    }
    assert mona.post(json.dumps(fields)) == 202
    shown = opened(installation)["generic"]
    assert shown.published_at is not None
    assert shown.incident.services[0].status is ServiceStatus.MAJOR_OUTAGE
    for path in (
        *("/", "/sv/", "/ar/", "/services/generic", f"/incidents/{shown.incident.id}"),
        *("/api/v2/summary.json", "/api/v2/incidents.json", "/feed.atom", "/feed.rss"),
    ):
        page = installation.vera.get(path)
        assert page.status_code == 200, path
        assert "tell-tale" not in page.text, path
    assert "Our monitoring reports a problem" in installation.vera.get("/").text
    assert "Vår övervakning rapporterar ett problem" in installation.vera.get("/sv/").text


def test_rule_14_what_pages_pagerduty_reaches_us(installation: Installation) -> None:
    mona = connected(installation, "pagerduty-events")

    def enqueue(**stated: object) -> tuple[int, dict[str, str]]:
        answer = installation.vera.post("/v2/enqueue", {"routing_key": mona.token, **stated})
        return answer.status_code, answer.json()

    payload = {"summary": "Down", "source": "web-1", "severity": "critical"}
    status, reported = enqueue(event_action="trigger", payload=payload)
    assert (status, reported["status"], reported["message"]) == (202, "success", "Event processed")
    assert list(opened(installation)) == ["pagerduty-events"]
    status, again = enqueue(event_action="resolve", dedup_key=reported["dedup_key"])
    assert (status, again["dedup_key"]) == (202, reported["dedup_key"])
    let_pass(installation, 1)
    let_pass(installation, 3)
    assert opened(installation)["pagerduty-events"].incident.status is RESOLVED
    assert enqueue(event_action="dance")[0] == 400


def test_what_is_no_event_of_pagerduty_is_refused_in_its_form(installation: Installation) -> None:
    assert installation.vera.post("/v2/enqueue", {"routing_key": "nobody"}).json()["errors"]
    for body in ("[", "[" * 9999, '{"routing_key": "a", "routing_key": "b"}', b"\xff"):
        assert installation.vera.ask("POST", "/v2/enqueue", content=body).status_code == 400


def test_rule_14_what_calls_opsgenie_reaches_us(installation: Installation) -> None:
    mona = connected(installation, "opsgenie")
    key = {"Authorization": f"GenieKey {mona.token}"}
    fields = {"message": "Down", "alias": "web-1/down", "priority": "P1"}
    answer = installation.vera.post("/v2/alerts", fields, headers=key)
    assert answer.status_code == 202
    assert set(answer.json()) == {"result", "took", "requestId"}
    assert list(opened(installation)) == ["opsgenie"]
    path = "/v2/alerts/web-1%2Fdown/close?identifierType=alias"
    assert installation.vera.post(path, {}, headers=key).status_code == 202
    let_pass(installation, 1)
    let_pass(installation, 3)
    assert opened(installation)["opsgenie"].incident.status is RESOLVED
    assert installation.vera.post("/v2/alerts", fields).status_code == 401
