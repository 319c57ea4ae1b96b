"""How sources prove who they are, with the recorded signatures of real senders."""

import base64
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.alerts.signatures import verify_grafana, verify_pagerduty
from app.usecases.sources.sources import rotate_secret, rotate_token
from tests.cast import ADA, Installation
from tests.web.hooks.samples import SIGNED_AT, Caller, hex_hmac, listen

FIXTURES = Path(__file__).resolve().parent.parent.parent / "monitors" / "fixtures"
BODY = '{"dedup_key": "cpu", "status": "firing", "service": "payments"}'
RECORDED = {
    "pagerduty": (
        "pd-secret",
        {
            "X-PagerDuty-Signature": f"v1={'0' * 64},v1="
            "0a272bb7f30ea563b0d5bd7a3089d7dc7f8d2f5ef61a89cd0cb50a4eb0660da9"
        },
    ),
    "grafana": (
        "test-secret",
        {
            "X-Grafana-Alerting-Signature": "3dee30c2e77dd6d4e3a12759025d3c07480e6eef94d18bf618bc"
            "bacb8a0fcfdd"
        },
    ),
    "sentry": (
        "sentry-secret",
        {
            "Sentry-Hook-Resource": "metric_alert",
            "Sentry-Hook-Signature": "18e9181bcf6355e8d337788869a7936e3810bb1d28e79ca84f1628e640a3"
            "015b",
        },
    ),
    "checkly": (
        "checkly-secret",
        {"x-checkly-signature": "a30e2d45312007710aedc9a18d819e7422441db3af9173b73f577b3e36356777"},
    ),
    "standard-webhooks": (
        "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        {
            "webhook-id": "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W",
            "webhook-timestamp": "1795430400",
            "webhook-signature": "v1,wTTZRFPxHKnb1ZNPbtATsDFEEM/U1x9muqKMSflzBbE=",
        },
    ),
}
STAMPED = "65f5e6f4c340f6353ccb8b77ca99ac8de970bf64b9da906c655556d62952e3b4"


def sample(kind: str, name: str = "firing.json") -> bytes:
    return (FIXTURES / kind / name).read_bytes()


@pytest.mark.parametrize("kind", sorted(RECORDED))
def test_a_recorded_signature_is_right_and_any_other_is_not(
    installation: Installation, kind: str
) -> None:
    secret, headers = RECORDED[kind]
    mona = listen(installation, kind, auth=kind, secrets=(secret,))
    body = sample(kind)
    assert mona.post(body, headers) == 202
    assert mona.post(body + b" ", headers) == 401
    changed = {name: value.replace("3", "4") for name, value in headers.items()}
    assert mona.post(body, changed) == 401
    assert mona.post(body) == 401
    assert len(mona.events()) == 1


def test_a_signed_time_must_be_near(installation: Installation) -> None:
    secret, headers = RECORDED["standard-webhooks"]
    mona = listen(installation, "standard-webhooks", auth="standard-webhooks", secrets=(secret,))
    installation.clock.forward(minutes=6)
    assert mona.post(sample("standard-webhooks"), headers) == 401


def test_grafana_may_sign_its_time_and_name_its_headers(installation: Installation) -> None:
    body = sample("grafana")
    stamped = {"X-Grafana-Alerting-Timestamp": "1795430400", "X-Sig": STAMPED}
    options = {"header": "X-Sig", "timestamp_header": "X-Grafana-Alerting-Timestamp"}
    secrets = ("test-secret",)
    mona = listen(installation, "grafana", auth="grafana", auth_options=options, secrets=secrets)
    assert mona.post(body, stamped) == 202
    # The time cannot be left out once it is to be signed.
    assert mona.post(body, {"X-Sig": hex_hmac("test-secret", body)}) == 401
    installation.clock.forward(minutes=6)
    assert mona.post(body, stamped) == 401


def test_a_password_is_asked_for_and_compared(installation: Installation) -> None:
    mona = listen(
        installation, auth="basic", auth_options={"username": "status"}, secrets=("s3cret",)
    )
    answer = installation.vera.ask("POST", mona.url, content=BODY)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic ")
    right = base64.b64encode(b"status:s3cret").decode()
    wrong = base64.b64encode(b"status:other").decode()
    assert mona.post(BODY, {"Authorization": f"Basic {right}"}) == 202
    assert mona.post(BODY, {"Authorization": f"Basic {wrong}"}) == 401
    assert mona.post(BODY, {"Authorization": "Basic %%%"}) == 401


def test_a_bearer_and_a_header_are_compared(installation: Installation) -> None:
    bearer = listen(installation, auth="bearer")
    assert bearer.post(BODY, {"Authorization": f"Bearer {bearer.secret}"}) == 202
    assert bearer.post(BODY, rest=f"?access_token={bearer.secret}") == 202
    assert bearer.post(BODY, {"Authorization": "Bearer x"}) == 401
    header = listen(installation, auth="header", auth_options={"header": "X-Api-Key"})
    assert header.post(BODY, {"X-API-KEY": header.secret or ""}) == 202
    assert header.post(BODY, {"X-API-KEY": "\xe9"}) == 401


def test_two_secrets_and_two_tokens_are_good_while_they_rotate(installation: Installation) -> None:
    mona = listen(installation, auth="bearer", secrets=("first",))
    with installation.writing(ADA) as ctx:
        secret_box = installation.app.state.fyr.secret_box
        rotate_secret(ctx, secret_box, mona.id, secret="second", overlap_seconds=3600)
        fresh = rotate_token(ctx, mona.id, overlap_seconds=3600)
    renewed = Caller(installation, mona.id, fresh.token or "", None)
    for caller in (mona, renewed):
        for secret in ("first", "second"):
            assert caller.post(BODY, {"Authorization": f"Bearer {secret}"}) == 202
    installation.clock.forward(hours=2)
    assert mona.post(BODY, {"Authorization": "Bearer second"}) == 404
    assert renewed.post(BODY, {"Authorization": "Bearer first"}) == 401
    assert renewed.post(BODY, {"Authorization": "Bearer second"}) == 202


def test_secrets_are_encrypted_where_they_are_stored(installation: Installation) -> None:
    mona = listen(installation, auth="bearer", secrets=("a-very-telling-secret",))
    file = Path(installation.settings.database.removeprefix("sqlite:///"))
    raw = file.read_bytes() + Path(f"{file}-wal").read_bytes()
    assert b"a-very-telling-secret" not in raw
    assert mona.token.encode() not in raw


WORDS = st.dictionaries(
    st.sampled_from(
        ["x-pagerduty-signature", "x-grafana-alerting-signature", "x-grafana-alerting-timestamp"]
    ),
    st.text(max_size=40),
)


@settings(max_examples=60)
@given(headers=WORDS, body=st.binary(max_size=40))
def test_no_odd_signature_is_right_or_breaks_anything(headers: dict[str, str], body: bytes) -> None:
    assert not verify_pagerduty(headers, body, ["s"])
    assert not verify_grafana(headers, body, ["s"], {}, SIGNED_AT)
