"""Chains that an incident was about, as visitors see them."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.certificates.findings import CertificateFacts, Finding
from app.domain.certificates.forecast import Client

__all__ = ["ShownChain"]


@dataclass(frozen=True, slots=True)
class ShownChain:
    """The certificates that a host served during an incident (`phase` is `failing`) or after it
    (`mended`), seen `at`, with their verdicts for each client.

    `blamed_certificate` need not be one of those served. `changes` are the differences from the
    failing chain.
    """

    phase: str
    host: str
    at: datetime
    since: datetime
    certificates: tuple[CertificateFacts, ...]
    blamed_certificate: CertificateFacts | None
    clients: tuple[Client, ...]
    changes: tuple[Finding, ...] = ()

    @property
    def shown(self) -> tuple[CertificateFacts, ...]:
        """All certificates to show: those served, and after them the blamed certificate."""
        served = {facts.fingerprint for facts in self.certificates}
        if self.blamed_certificate is None or self.blamed_certificate.fingerprint in served:
            return self.certificates
        return (*self.certificates, self.blamed_certificate)
