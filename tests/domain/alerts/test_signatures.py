"""Signatures of monitors' requests, in the format of each sender."""

import hmac
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.alerts.signatures import (
    TOLERANCE,
    is_recent,
    verify_checkly,
    verify_grafana,
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
