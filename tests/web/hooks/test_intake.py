"""What a monitor is answered, and that nothing acknowledged is lost."""

import gzip
import json
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from app.domain.alerts.sources import EventVerdict
from app.monitors import ADAPTERS
from app.usecases.sources import events as source_events
from app.usecases.sources.records import SourceChanges
from app.usecases.sources.sources import delete_source, edit_source
from tests.cast import ADA, Installation, open_installation
from tests.web.hooks.samples import Caller, listen

FIRING = json.dumps({"dedup_key": "cpu", "status": "firing", "service": "payments"})


RAW = b'{"dedup_key": "cpu",\n "status": "firing", "service": "payments"}\xff'


def secretive(mona: Caller) -> httpx.Response:
    """The answer to a request with a secret in its query and in two headers."""
    return mona.installation.vera.ask(
        "POST",
        f"{mona.url}/some/where?a=1&token=s3cret",
        content=RAW,
        headers={"User-Agent": "mona", "Authorization": "Bearer s3cret", "X-Api-Key": "s3cret"},
    )


def test_an_event_is_answered_with_its_id(installation_on_each_database: Installation) -> None:
    mona = listen(installation_on_each_database)
    answer = secretive(mona)
    (event,) = mona.events()
    assert (answer.status_code, answer.json()) == (202, {"event": event.id})


def test_an_event_is_stored_as_received_without_its_secrets(
    installation_on_each_database: Installation,
) -> None:
    mona = listen(installation_on_each_database)
    secretive(mona)
    (event,) = mona.events()
    assert (event.method, event.path, event.query) == ("POST", "/some/where", "a=1&token=")
    assert (event.size, event.headers["user-agent"]) == (len(RAW), "mona")
    assert "s3cret" not in repr(event)
    assert mona.token not in repr(event)


@pytest.mark.parametrize("path", ["", "/", "/v2/x", "//"])
@pytest.mark.parametrize("method", ["POST", "PUT", "GET"])
def test_every_address_below_the_token_is_answered_without_a_redirect(
    installation: Installation, method: str, path: str
) -> None:
    mona = listen(installation)
    assert installation.vera.ask(method, mona.url + path, content=FIRING).status_code == 202


@pytest.mark.parametrize(
    "content_type",
    [None, "text/plain", "application/json", "application/x-www-form-urlencoded", "nonsense"],
)
def test_the_framework_reads_nothing_of_the_body(
    installation: Installation, content_type: str | None
) -> None:
    mona = listen(installation)
    headers = {} if content_type is None else {"Content-Type": content_type}
    odd = ("{", "NaN", "[" * 5000, '{"a": 1, "a": 2}', '{"n": ' + "9" * 400 + "}", "")
    for body in (FIRING, *odd):
        assert mona.post(body, headers) == 202
    assert {event.verdict for event in mona.events()} <= {
        *(EventVerdict.ALERTS, EventVerdict.MALFORMED, EventVerdict.NOTHING)
    }
    assert mona.events()[0].verdict is EventVerdict.ALERTS


def test_a_packed_body_is_unpacked_within_bounds(installation: Installation) -> None:
    mona = listen(installation)
    packed = {"Content-Encoding": "gzip"}
    assert mona.post(gzip.compress(FIRING.encode()), packed) == 202
    assert mona.post(gzip.compress(b" " * 3_000_000), packed) == 202
    assert mona.post(b"not gzip", packed) == 202
    verdicts = [event.verdict for event in mona.events()]
    assert verdicts == [EventVerdict.ALERTS, EventVerdict.MALFORMED, EventVerdict.MALFORMED]


def test_more_than_a_mebibyte_is_refused(installation: Installation) -> None:
    mona = listen(installation)
    assert mona.post(b"x" * 1_048_576) == 202
    assert mona.post(b"x" * 1_048_577) == 413


def test_an_unknown_or_disabled_or_deleted_source_is_not_expected(
    installation: Installation,
) -> None:
    mona = listen(installation)
    assert Caller(installation, "", "0" * 32, None).post(FIRING) == 404
    with installation.writing(ADA) as ctx:
        off = SourceChanges(enabled=False)
        edit_source(ctx, installation.app.state.fyr.secret_box, mona.id, off, ADAPTERS)
    assert mona.post(FIRING) == 404
    with installation.writing(ADA) as ctx:
        delete_source(ctx, mona.id)
    assert mona.post(FIRING) == 404


def test_other_methods_get_the_allowed_ones(installation: Installation) -> None:
    mona = listen(installation)
    assert installation.vera.ask("HEAD", mona.url).status_code == 200
    refused = installation.vera.ask("DELETE", mona.url)
    assert refused.status_code == 405
    assert "POST" in refused.headers["allow"]
    assert mona.events() == []


def test_rule_15_cloudevents_is_let_in_when_it_asks(installation: Installation) -> None:
    mona = listen(installation)
    asked = {"WebHook-Request-Origin": "emitter.example.com", "WebHook-Request-Rate": "120"}
    answer = installation.vera.ask("OPTIONS", mona.url, headers=asked)
    assert answer.status_code == 200
    assert answer.headers["webhook-allowed-origin"] == "emitter.example.com"
    assert answer.headers["webhook-allowed-rate"] == "120"


def test_rule_12_too_many_requests_are_asked_to_retry(installation: Installation) -> None:
    mona = listen(installation, rate_limit=1)
    assert [mona.post(FIRING) for _ in range(13)] == [202] * 12 + [503]
    answer = installation.vera.ask("POST", mona.url, content=FIRING)
    assert int(answer.headers["retry-after"]) <= 300
    installation.clock.forward(minutes=5)
    assert mona.post(FIRING) == 202


def test_rule_13_a_retry_is_stored_once(installation_on_each_database: Installation) -> None:
    mona = listen(installation_on_each_database)
    headers = {"webhook-id": "msg_1"}
    first = installation_on_each_database.vera.ask(
        "POST", mona.url, content=FIRING, headers=headers
    ).json()
    again = installation_on_each_database.vera.ask(
        "POST", mona.url, content=FIRING, headers=headers
    ).json()
    assert first == again
    (event,) = mona.events()
    assert event.repeats == 1


def test_a_request_that_has_the_id_of_another_one_is_no_retry(
    installation_on_each_database: Installation,
) -> None:
    mona = listen(installation_on_each_database)
    counted_anew = FIRING.replace("firing", "resolved")
    for body in (FIRING, counted_anew, counted_anew, FIRING):
        assert mona.post(body, {"webhook-id": "1"}) == 202
    assert [(event.detail, event.repeats) for event in mona.events()] == [
        ("1 new", 1),
        ("1 ends", 1),
    ]


def test_what_cannot_be_stored_is_to_be_sent_again(installation: Installation) -> None:
    mona = listen(installation)
    with installation.writing() as ctx:
        ctx.session.execute(text("ALTER TABLE hook_event RENAME TO gone"))
    answer = installation.vera.ask("POST", mona.url, content=FIRING)
    assert answer.status_code == 503
    assert answer.headers["retry-after"]


def test_operators_see_what_came_and_what_waits(sqlite_url: str, tmp_path: Path) -> None:
    with open_installation(sqlite_url, tmp_path, metrics_token="w" * 32) as installation:
        mona = listen(installation)
        mona.post(FIRING)
        wording = installation.vera.get(
            "/metrics", headers={"Authorization": f"Bearer {'w' * 32}"}
        ).text
    line = f'fyr_hook_events{{source="{mona.id}",kind="generic",verdict="alerts"}} 1.0'
    assert line in wording
    assert "fyr_hook_queue_age_seconds 0.0" in wording
    assert "fyr_open_episodes 1.0" in wording


def test_identities_that_differ_only_in_odd_or_late_characters_are_two_alerts(
    installation: Installation,
) -> None:
    mona = listen(installation, "generic")
    long = "x" * 5000
    for key in ("caf%E9", "caf%E8", f"{long}a", f"{long}b"):
        assert (
            installation.vera.ask("GET", f"{mona.url}?status=down&dedup_key={key}").status_code
            == 202
        )
    with installation.reading(ADA) as ctx:
        found = source_events.list_alerts(ctx, cursor=None, limit=9).items
    assert len({alert.dedup_key for alert in found}) == 4


def test_a_query_with_an_unescaped_ampersand_is_malformed_and_says_why(
    installation: Installation,
) -> None:
    mona = listen(installation, "generic")
    query = "status=down&dedup_key=Shop&EU&token=s3cret"
    assert installation.vera.ask("GET", f"{mona.url}?{query}").status_code == 202
    (event,) = mona.events()
    assert event.verdict is EventVerdict.MALFORMED
    assert "%26" in event.detail
    assert event.query == "status=down&dedup_key=Shop&EU&token="


def test_a_url_that_would_be_cut_off_is_refused(installation: Installation) -> None:
    mona = listen(installation, "generic")
    answer = installation.vera.ask("GET", f"{mona.url}?status=down&dedup_key={'x' * 16_000}")
    assert (answer.status_code, answer.json()["code"]) == (414, "url_too_long")


def test_long_ids_of_cloudevents_are_not_cut_off(installation: Installation) -> None:
    mona = listen(installation, "cloudevents")
    for end in ("a", "b"):
        headers = {
            **{"ce-specversion": "1.0", "ce-type": "alert.firing", "ce-source": "s"},
            **{"ce-id": "i" * 3000 + end, "ce-subject": "s" * 3000 + end},
        }
        assert mona.post("", headers) == 202
    with installation.reading(ADA) as ctx:
        assert len(source_events.list_alerts(ctx, cursor=None, limit=9).items) == 2
