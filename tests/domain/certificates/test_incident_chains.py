"""Certificates that a page shows of an incident's chain."""

from datetime import UTC, datetime

from app.domain.certificates.findings import CertificateFacts
from app.domain.certificates.incident_chains import ShownChain

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LEAF = CertificateFacts("1ea4", "CN=pay.example", "CN=Inter")
INTER = CertificateFacts("1e7e", "CN=Inter", "CN=Root")
ROOT = CertificateFacts("4007", "CN=Root", "CN=Root")


def served(blamed: CertificateFacts | None) -> ShownChain:
    return ShownChain("failing", "pay.example", NOON, NOON, (LEAF, INTER), blamed, ())


def test_a_blamed_certificate_that_the_host_does_not_serve_is_shown_after_the_served_ones() -> None:
    assert served(ROOT).shown == (LEAF, INTER, ROOT)


def test_a_blamed_certificate_that_the_host_serves_is_shown_once() -> None:
    assert served(INTER).shown == (LEAF, INTER)


def test_a_chain_without_a_blamed_certificate_is_shown_as_served() -> None:
    assert served(None).shown == (LEAF, INTER)
