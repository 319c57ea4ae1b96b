"""The certificates that an incident was about, as visitors see them."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.certificates.findings import CertificateFacts, Finding
from app.domain.certificates.forecast import Client

__all__ = ["ShownChain"]


@dataclass(frozen=True, slots=True)
class ShownChain:
    """The certificates that a host served as an incident was about them (`phase` is `failing`) or
    as it was over (`mended`), seen `at`, and what they meant then for which clients.

    `culprit` is the certificate to blame; it need not be one of those that were served. `changes`
    are those from the failing chain to this one.
    """

    phase: str
    host: str
    at: datetime
    since: datetime
    certificates: tuple[CertificateFacts, ...]
    culprit: CertificateFacts | None
    clients: tuple[Client, ...]
    changes: tuple[Finding, ...] = ()

    @property
    def shown(self) -> tuple[CertificateFacts, ...]:
        """Every certificate to show: those served, and above them the one to blame."""
        served = {facts.fingerprint for facts in self.certificates}
        if self.culprit is None or self.culprit.fingerprint in served:
            return self.certificates
        return (*self.certificates, self.culprit)
