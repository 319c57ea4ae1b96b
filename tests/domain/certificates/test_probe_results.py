"""Result of a scan over all addresses of a target."""

import pytest

from app.domain.certificates.findings import ProbeFailure, ProbeResult, Stage
from app.domain.certificates.probe_results import EndpointScan

HOST = "pay.example"


def answered(address: str, *certificates: bytes) -> ProbeResult:
    return ProbeResult(HOST, 443, address, certificates, "TLSv1.3")


def failed(address: str, stage: Stage, code: str = "some_code") -> ProbeResult:
    return ProbeResult(HOST, 443, address, failure=ProbeFailure(stage, code))


def scan(*results: ProbeResult) -> EndpointScan:
    return EndpointScan(HOST, 443, results)


def test_a_scan_fails_only_when_every_address_failed() -> None:
    assert scan(failed("192.0.2.1", Stage.CONNECT), answered("192.0.2.2", b"leaf")).failure is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Stage.REFUSED, Stage.DNS),
        (Stage.DNS, Stage.CONNECT),
        (Stage.CONNECT, Stage.TIMEOUT),
        (Stage.TIMEOUT, Stage.STARTTLS),
        (Stage.STARTTLS, Stage.HANDSHAKE),
    ],
)
def test_the_failure_of_a_scan_is_that_of_the_address_that_got_furthest(
    one: Stage, other: Stage
) -> None:
    failures = [failed("192.0.2.1", one), failed("192.0.2.2", other)]
    for results in (failures, failures[::-1]):
        failure = scan(*results).failure
        assert failure is not None
        assert failure.stage is other


def test_of_two_addresses_that_got_equally_far_the_first_gives_the_failure() -> None:
    failure = scan(
        failed("192.0.2.1", Stage.HANDSHAKE, "alert_handshake_failure"),
        failed("192.0.2.2", Stage.HANDSHAKE, "closed"),
    ).failure
    assert failure == ProbeFailure(Stage.HANDSHAKE, "alert_handshake_failure")


def test_chains_go_by_address_and_leave_out_addresses_that_served_none() -> None:
    seen = scan(
        answered("192.0.2.1", b"leaf", b"inter"),
        failed("192.0.2.2", Stage.HANDSHAKE),
        answered("2001:db8::1", b"leaf"),
    )
    assert seen.chains == {"192.0.2.1": (b"leaf", b"inter"), "2001:db8::1": (b"leaf",)}
