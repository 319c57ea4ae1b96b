"""Signatures of monitors' requests, in the format of each sender."""

import base64
import hmac
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.alerts.signatures import (
    TOLERANCE,
    hmac_fault,
    is_recent,
    verify_checkly,
    verify_grafana,
    verify_hmac,
    verify_pagerduty,
    verify_sentry,
)

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
BODY = b'{"status": "firing"}'
SECRETS = ("new secret", "old secret")


def signed(body: bytes = BODY, secret: str = "old secret") -> str:
    return hmac.digest(secret.encode(), body, "sha256").hex()


def stamp(offset: timedelta = timedelta(0)) -> str:
    return str(int((NOW + offset).timestamp()))


@pytest.mark.parametrize("secret", SECRETS)
def test_each_valid_secret_signs(secret: str) -> None:
    headers = {"sentry-hook-signature": signed(secret=secret)}
    assert verify_sentry(headers, BODY, SECRETS)


def test_another_secret_does_not_sign() -> None:
    headers = {"x-checkly-signature": signed(secret="guessed")}
    assert not verify_checkly(headers, BODY, SECRETS)


def test_a_signature_of_another_body_is_refused() -> None:
    headers = {"x-checkly-signature": signed(b"{}")}
    assert not verify_checkly(headers, BODY, SECRETS)


def test_a_request_without_signature_is_refused() -> None:
    assert not verify_sentry({}, BODY, SECRETS)


def test_one_of_several_pagerduty_signatures_is_enough() -> None:
    headers = {"x-pagerduty-signature": f"v1={'0' * 64}, v1={signed()}"}
    assert verify_pagerduty(headers, BODY, SECRETS)


def test_a_pagerduty_signature_of_another_version_is_refused() -> None:
    assert not verify_pagerduty({"x-pagerduty-signature": f"v2={signed()}"}, BODY, SECRETS)


@pytest.mark.parametrize("name", ["x-grafana-alerting-signature", "x-grafana-alert-signature"])
def test_grafana_signs_the_body_in_either_header(name: str) -> None:
    assert verify_grafana({name: signed()}, BODY, SECRETS, {}, NOW)


def test_grafana_signs_a_timestamp_with_the_body() -> None:
    headers = {
        "x-grafana-alerting-timestamp": stamp(),
        "x-grafana-alerting-signature": signed(stamp().encode() + b":" + BODY),
    }
    assert verify_grafana(headers, BODY, SECRETS, {}, NOW)


def test_an_old_timestamp_of_grafana_is_refused() -> None:
    old = stamp(-2 * TOLERANCE)
    headers = {
        "x-grafana-alerting-timestamp": old,
        "x-grafana-alerting-signature": signed(old.encode() + b":" + BODY),
    }
    assert not verify_grafana(headers, BODY, SECRETS, {}, NOW)


def test_a_timestamp_that_the_options_require_may_not_be_missing() -> None:
    options = {"header": "X-Signed", "timestamp_header": "X-Time"}
    assert not verify_grafana({"x-signed": signed()}, BODY, SECRETS, options, NOW)


@pytest.mark.parametrize("timestamp", ["", "-1", "1e9", "٣", "1" * 13])
def test_what_is_no_timestamp_is_not_recent(timestamp: str) -> None:
    assert not is_recent(timestamp, NOW)


@pytest.mark.parametrize("offset", [-TOLERANCE, timedelta(0), TOLERANCE])
def test_a_timestamp_within_the_tolerance_is_recent(offset: timedelta) -> None:
    assert is_recent(stamp(offset), NOW)


# The example of GitHub's documentation, "Validating webhook deliveries".
GITHUB_BODY, GITHUB_SECRET = b"Hello, World!", "It's a Secret to Everybody"
GITHUB = {"header": "X-Hub-Signature-256", "prefix": "sha256="}
GITHUB_HEADERS = {
    "x-hub-signature-256": (
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    )
}


def test_the_example_of_github_is_right() -> None:
    assert verify_hmac(GITHUB_HEADERS, GITHUB_BODY, ["other", GITHUB_SECRET], GITHUB, NOW)


@pytest.mark.parametrize(
    ("headers", "body", "secret"),
    [
        ({}, GITHUB_BODY, GITHUB_SECRET),
        (GITHUB_HEADERS, b"Hello, World", GITHUB_SECRET),
        (GITHUB_HEADERS, GITHUB_BODY, "other"),
        ({"x-hub-signature-256": "sha256=no hex"}, GITHUB_BODY, GITHUB_SECRET),
        ({"x-hub-signature-256": "sha256="}, GITHUB_BODY, GITHUB_SECRET),
        (
            {"x-hub-signature-256": GITHUB_HEADERS["x-hub-signature-256"].removeprefix("sha256=")},
            GITHUB_BODY,
            GITHUB_SECRET,
        ),
    ],
)
def test_an_altered_example_of_github_is_wrong(
    headers: dict[str, str], body: bytes, secret: str
) -> None:
    assert not verify_hmac(headers, body, [secret], GITHUB, NOW)


# As Stripe signs: `Stripe-Signature: t=TIMESTAMP,v1=HEX[,v1=HEX]`, over `TIMESTAMP.BODY`.
STRIPE = {
    "header": "Stripe-Signature",
    "prefix": "v1=",
    "signed": "{timestamp}.{body}",
    "timestamp_prefix": "t=",
}


def stripe(timestamp: str, signature: str) -> bool:
    headers = {"stripe-signature": f"t={timestamp},v1={signed(b'x')}, v1={signature}"}
    return verify_hmac(headers, BODY, SECRETS, STRIPE, NOW)


@pytest.mark.parametrize(("minutes", "right"), [(0, True), (-5, True), (-6, False), (6, False)])
def test_a_timestamp_in_the_header_of_the_signature_must_be_recent(
    minutes: int, *, right: bool
) -> None:
    at = stamp(timedelta(minutes=minutes))
    assert stripe(at, signed(f"{at}.".encode() + BODY)) is right


def test_a_timestamp_that_was_not_signed_is_wrong() -> None:
    assert not stripe(stamp(timedelta(minutes=1)), signed(f"{stamp()}.".encode() + BODY))


@pytest.mark.parametrize("digits", ["", "000"])
def test_a_timestamp_in_a_header_of_its_own_is_in_seconds_or_milliseconds(digits: str) -> None:
    at = stamp() + digits
    options = {"header": "X-Sig", "signed": "{timestamp}\\n{body}", "timestamp_header": "X-At"}
    headers = {"x-sig": signed(f"{at}\n".encode() + BODY), "x-at": at}
    assert verify_hmac(headers, BODY, SECRETS, options, NOW)
    assert not verify_hmac({"x-sig": headers["x-sig"]}, BODY, SECRETS, options, NOW)


def test_another_header_may_be_signed_too() -> None:
    options = {"header": "X-Sig", "signed": "{header:X-Id}:{body}"}
    headers = {"x-sig": signed(b"42:" + BODY), "x-id": "42"}
    assert verify_hmac(headers, BODY, SECRETS, options, NOW)
    assert not verify_hmac({**headers, "x-id": "43"}, BODY, SECRETS, options, NOW)


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("end", ["", "="])
def test_a_signature_in_base64_is_right_in_either_alphabet_with_or_without_padding(
    encode: Callable[[bytes], bytes], end: str
) -> None:
    digest = hmac.digest(b"old secret", BODY, "sha512")
    sent = encode(digest).decode().rstrip("=") + end * 2
    options = {"header": "X-Sig", "encoding": "base64", "algorithm": "sha512"}
    assert verify_hmac({"x-sig": sent}, BODY, SECRETS, options, NOW)


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({}, None),
        ({"algorithm": "sha1", "encoding": "base64"}, None),
        ({"algorithm": "md5"}, "algorithm"),
        ({"encoding": "binary"}, "encoding"),
        ({"signed": "{timestamp}"}, "signed"),
        ({"signed": "{body}{else}"}, "signed"),
        ({"signed": "{timestamp}.{body}"}, "signed"),
        ({"signed": "{timestamp}.{body}", "timestamp_header": "X-At"}, None),
        ({"timestamp_header": "X-At"}, "timestamp_header"),
        (
            {"signed": "{timestamp}{body}", "timestamp_header": "X-At", "timestamp_prefix": "t="},
            "timestamp_header",
        ),
    ],
)
def test_a_wrong_option_is_named(options: dict[str, object], fault: str | None) -> None:
    assert hmac_fault(options) == fault
