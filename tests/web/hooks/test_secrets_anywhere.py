"""A secret in the query or the body, or a signature of one's own, authenticates a source."""

import gzip
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from hmac import digest

import pytest

from app.domain.alerts.sources import EventVerdict
from app.domain.audit import AuditFilter
from app.domain.errors import InvalidError
from app.monitors import ADAPTERS
from app.usecases import audit
from app.usecases.sources import events as source_events
from app.usecases.sources import samples
from app.usecases.sources.sources import rotate_secret
from tests.cast import ADA, CY, Installation
from tests.web.hooks.samples import SIGNED_AT, Caller, listen

SECRET = "s3cret-of-mona-0123"
ALERT = {"dedup_key": "cpu", "status": "firing", "service": "payments"}
STAMP = str(int(SIGNED_AT.timestamp()))


def kept_of(mona: Caller) -> str:
    """All that staff with the role admin can read of a source's events, and of the audit log."""
    with mona.installation.reading(ADA) as ctx:
        entries = audit.list_entries(ctx, AuditFilter(), cursor=None, limit=100).items
    return repr([entries, [(each, each.body) for each in mona.events()]])


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (json.dumps({**ALERT, "auth": {"token": SECRET}}), "application/json"),
        (json.dumps({**ALERT, "auth": {"token": SECRET}}).replace("s3c", "\\u0073\\u0033c"), ""),
        (json.dumps({"payload": {**ALERT, "auth": {"token": SECRET}}})[12:-1], "text/plain"),
        ("payload=" + json.dumps({**ALERT, "auth": {"token": SECRET}}), ""),
    ],
)
def test_a_secret_in_the_body_is_compared_and_not_stored(
    installation: Installation, body: str, content_type: str
) -> None:
    options = {"field": "auth.token"}
    mona = listen(installation, auth="body", auth_options=options, secrets=(SECRET,))
    headers = {"Content-Type": content_type} if content_type else {}
    assert mona.post(body, headers) == 202
    assert mona.post(gzip.compress(body.encode()), {"Content-Encoding": "gzip"}) == 202
    for wrong in (body.replace("0123", "0124"), "{", "", json.dumps(ALERT), "[" * 500):
        assert mona.post(wrong, headers) == 401
    assert [event.verdict for event in mona.events()] == [EventVerdict.ALERTS] * 2
    assert SECRET not in kept_of(mona)


def test_a_secret_in_a_form_is_compared_and_not_stored(installation: Installation) -> None:
    mona = listen(installation, auth="body", auth_options={"field": "Token"}, secrets=(SECRET,))
    form = "dedup_key=a%20b&status=down&service=payments&Token="
    assert mona.post(form + SECRET) == 202
    assert mona.post(form + "other") == 401
    # Two values of one field are no secret, whichever of them is right.
    assert mona.post(f"{form}other&Token={SECRET}") == 401
    (event,) = mona.events()
    assert (event.verdict, json.loads(event.body)["dedup_key"]) == (EventVerdict.ALERTS, "a b")
    assert SECRET not in kept_of(mona)


def test_a_secret_in_a_list_and_a_number_are_compared(installation: Installation) -> None:
    mona = listen(installation, auth="body", auth_options={"field": "0.pin"}, secrets=("481516",))
    assert mona.post(json.dumps([{**ALERT, "pin": 481516}])) == 202
    assert mona.post(json.dumps([{**ALERT, "pin": 481517}])) == 401
    assert mona.post(json.dumps({**ALERT, "pin": 481516})) == 401
    assert "481516" not in kept_of(mona)


def test_a_body_that_is_parsed_before_its_sender_is_known_is_small(
    installation: Installation,
) -> None:
    mona = listen(installation, auth="body", auth_options={"field": "token"}, secrets=(SECRET,))
    padded = json.dumps({**ALERT, "token": SECRET, "more": "x" * 65_536})
    assert mona.post(padded) == 413
    assert mona.post(gzip.compress(padded.encode()), {"Content-Encoding": "gzip"}) == 401
    assert mona.events() == []


def test_a_secret_in_the_query_is_compared_and_not_stored(installation: Installation) -> None:
    options = {"parameter": "pass"}
    mona = listen(installation, auth="query", auth_options=options, secrets=(SECRET,))
    text = f"?dedup_key=cpu&status=down&pass={SECRET}"
    for rest, answer in ((text, 202), (text + "x", 401), ("?dedup_key=cpu", 401), ("", 401)):
        assert installation.vera.ask("GET", mona.url + rest).status_code == answer
    # A secret elsewhere in the request is not stored either.
    echo = json.dumps({**ALERT, "echo": f"password {SECRET}"})
    assert mona.post(echo, {"User-Agent": f"mona {SECRET}"}, rest=text + f"&copy={SECRET}") == 202
    assert SECRET not in kept_of(mona)
    assert len(mona.events()) == 2


def test_two_secrets_in_a_body_are_good_while_they_rotate(installation: Installation) -> None:
    mona = listen(installation, auth="body", auth_options={"field": "t"}, secrets=(SECRET,))
    with installation.writing(ADA) as ctx:
        secret_box = installation.app.state.fyr.secret_box
        rotate_secret(ctx, secret_box, mona.id, secret="another-secret", overlap_seconds=3600)
    for secret in (SECRET, "another-secret"):
        assert mona.post(json.dumps({**ALERT, "t": secret})) == 202
    installation.clock.forward(hours=2)
    assert mona.post(json.dumps({**ALERT, "t": SECRET})) == 401
    assert "secret-of-mona" not in kept_of(mona)
    assert "another-secret" not in kept_of(mona)


BODY = json.dumps(ALERT).encode()


def signed(message: bytes, algorithm: str = "sha256") -> bytes:
    return digest(SECRET.encode(), message, algorithm)


@pytest.mark.parametrize(
    ("options", "headers"),
    [
        ({}, {"X-Sig": signed(BODY).hex()}),
        ({}, {"X-Sig": signed(BODY).hex().upper()}),
        ({"prefix": "sha256="}, {"X-Sig": f"sha256={signed(BODY).hex()}"}),
        ({"encoding": "base64"}, {"X-Sig": b64encode(signed(BODY)).decode()}),
        (
            {"encoding": "base64", "algorithm": "sha512"},
            {"X-Sig": urlsafe_b64encode(signed(BODY, "sha512")).decode().rstrip("=")},
        ),
        (
            {"algorithm": "sha1", "signed": "{header:X-Id}.{body}"},
            {"X-Id": "7", "X-Sig": signed(b"7." + BODY, "sha1").hex()},
        ),
        (
            {"signed": "v0:{timestamp}:{body}", "prefix": "v0=", "timestamp_header": "X-Time"},
            {"X-Time": STAMP, "X-Sig": f"v0={signed(f'v0:{STAMP}:'.encode() + BODY).hex()}"},
        ),
        (
            {"signed": r"{timestamp}\n{body}", "timestamp_header": "X-Time"},
            {"X-Time": f"{STAMP}000", "X-Sig": signed(f"{STAMP}000\n".encode() + BODY).hex()},
        ),
        (
            {"signed": "{timestamp}.{body}", "prefix": "v1=", "timestamp_prefix": "t="},
            {"X-Sig": f"t={STAMP},v1=00,v1={signed(f'{STAMP}.'.encode() + BODY).hex()}"},
        ),
    ],
)
def test_a_signature_of_ones_own_is_verified(
    installation: Installation, options: Mapping[str, str], headers: Mapping[str, str]
) -> None:
    mona = listen(
        installation, auth="hmac", auth_options={"header": "X-Sig", **options}, secrets=(SECRET,)
    )
    assert mona.post(BODY, headers) == 202
    assert mona.post(BODY + b" ", headers) == 401
    assert mona.post(BODY) == 401
    for odd in ("", "%%%", "\xe9", headers["X-Sig"] + "zz", "v1=,t="):
        assert mona.post(BODY, {**headers, "X-Sig": odd}) == 401
    if "timestamp" in options.get("signed", ""):
        installation.clock.forward(minutes=6)
        assert mona.post(BODY, headers) == 401


@pytest.mark.parametrize(
    ("auth", "options"),
    [
        ("query", {}),
        ("query", {"parameter": ""}),
        ("body", {}),
        ("body", {"field": "a..b"}),
        ("body", {"field": "a", "parameter": "b"}),
        ("hmac", {}),
        ("hmac", {"header": "X Sig"}),
        ("hmac", {"header": "X-Sig", "algorithm": "md5"}),
        ("hmac", {"header": "X-Sig", "encoding": "binary"}),
        ("hmac", {"header": "X-Sig", "signed": "constant"}),
        ("hmac", {"header": "X-Sig", "signed": "{body}{oops}"}),
        ("hmac", {"header": "X-Sig", "signed": "{timestamp}.{body}"}),
        ("hmac", {"header": "X-Sig", "timestamp_header": "X-Time"}),
        ("header", {"header": "X-Sig: a"}),
    ],
)
def test_incomplete_options_of_an_authentication_are_refused(
    installation: Installation, auth: str, options: Mapping[str, object]
) -> None:
    with pytest.raises(InvalidError) as refused:
        listen(installation, auth=auth, auth_options=options)
    assert refused.value.field == "auth_options"


def test_a_value_of_the_query_can_be_mapped_before_it_is_removed(
    installation: Installation,
) -> None:
    mona = listen(installation, options={"dedup_key": "_query.key", "status": "_query.state"})
    text = "?key=ups-1&state=down&token=opaque-value&service=payments"
    assert installation.vera.ask("GET", mona.url + text).status_code == 202
    (event,) = mona.events()
    assert (event.verdict, event.query) == (
        EventVerdict.ALERTS,
        "key=ups-1&state=down&token=&service=payments",
    )


def test_no_value_of_a_secret_parameter_stays_without_an_alert(installation: Installation) -> None:
    mona = listen(installation)
    for expected in (
        "?token=opaque-value&status=down",
        "?key=opaque-value&dedup_key=a&status=test",
    ):
        assert installation.vera.ask("GET", mona.url + expected).status_code == 202
    assert "opaque-value" not in kept_of(mona)


def test_a_request_is_read_by_admins_only(installation: Installation) -> None:
    mona = listen(installation)
    assert mona.post(json.dumps({**ALERT, "login": "hunter2"}), rest="?page=hunter2") == 202
    with installation.reading(CY) as ctx:
        listed = source_events.list_events(ctx, mona.id, cursor=None, limit=5).items
        found = source_events.get_event(ctx, mona.id, listed[0].id)
    assert "hunter2" not in repr([listed, found, found.body])
    assert (found.hidden, found.verdict) == (True, EventVerdict.ALERTS)
    assert "hunter2" in mona.events()[0].body


def test_the_token_of_a_routing_key_is_not_stored(installation: Installation) -> None:
    mona = listen(installation, "pagerduty-events")
    fields = {"routing_key": mona.token, "event_action": "trigger", "payload": {"summary": "a"}}
    written = json.dumps(fields)
    for body in (
        written,
        written.replace(mona.token, f"\\u00{ord(mona.token[0]):x}{mona.token[1:]}"),
    ):
        answer = installation.vera.ask("POST", "/v2/enqueue", content=body.encode())
        assert answer.status_code == 202
    assert len(mona.events()) == 2
    assert mona.token[1:] not in kept_of(mona)


def test_a_header_that_a_mapping_reads_is_stored(installation: Installation) -> None:
    options = {
        "status": '_headers."X-State"',
        "idempotency_key": '_headers."x-delivery"',
        "title": "_headers.authorization || _headers.cookie || 'none'",
    }
    mona = listen(installation, options=options)
    headers = {
        "X-State": "down",
        "X-Delivery": "d1",
        "Authorization": "Bearer abc",
        "Cookie": "a=b",
    }
    for _ in range(2):
        assert mona.post(json.dumps({"dedup_key": "cpu", "service": "payments"}), headers) == 202
    (event,) = mona.events()
    assert (event.verdict, event.repeats) == (EventVerdict.ALERTS, 1)
    assert event.idempotency_key == "d1"
    assert {"x-state", "x-delivery"} <= event.headers.keys()
    assert not {"authorization", "cookie"} & event.headers.keys()


@pytest.mark.parametrize(
    ("kind", "auth", "field"),
    [
        ("generic", "body", "auth.token"),
        ("generic", "header", "auth.token"),
        ("pagerduty-events", "token", "routing_key"),
    ],
)
def test_a_recorded_body_is_replayed_without_the_secrets_of_its_source(
    installation: Installation, kind: str, auth: str, field: str
) -> None:
    given = {"body": {"field": field}, "header": {"header": "x-secret"}, "token": {}}[auth]
    secrets = () if auth == "token" else (SECRET,)
    mona = listen(installation, kind, auth=auth, auth_options=given, secrets=secrets)
    value = mona.token if auth == "token" else SECRET
    body = json.dumps(
        {**ALERT, "routing_key": value} if auth == "token" else {**ALERT, "auth": {"token": value}}
    )
    box = installation.app.state.fyr.secret_box
    with installation.writing(ADA) as ctx:
        source_events.submit_event(ctx, box, mona.id, body.encode(), "application/json")
        sample = samples.SampleRequest(body=body)
        samples.send_sample(ctx, box, mona.id, sample, ADAPTERS)
        # An unreadable body has no field; the secret is removed as text.
        source_events.submit_event(ctx, box, mona.id, f"{{ {SECRET}".encode(), "text/plain")
    assert len(mona.events()) == 3
    assert value not in repr([each.body for each in mona.events()][:2])
    assert auth == "token" or SECRET not in kept_of(mona)
