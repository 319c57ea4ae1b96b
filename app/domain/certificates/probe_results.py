"""Result of probing one endpoint: one probe result per address, and alternate handshakes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from app.domain.certificates.findings import ProbeFailure, ProbeResult, Stage

__all__ = ["STARTTLS_PORTS", "AlternateHandshake", "EndpointScan"]

# The protocols that a target may name for STARTTLS, with their usual ports; app.probes.starttls has
# a dialogue for each.
STARTTLS_PORTS: Mapping[str, int] = MappingProxyType(
    {"ftp": 21, "imap": 143, "ldap": 389, "pop3": 110, "postgres": 5432, "smtp": 25}
)

_STAGES_IN_ORDER = (
    *(Stage.REFUSED, Stage.DNS, Stage.CONNECT),
    *(Stage.TIMEOUT, Stage.STARTTLS, Stage.HANDSHAKE),
)


class AlternateHandshake(StrEnum):
    """A second handshake with other parameters, to which a server may send another chain."""

    RSA = "rsa"  # TLS 1.2 with RSA authentication only, as old clients support it
    NO_NAME = "no_name"  # without the server name extension (SNI)


@dataclass(frozen=True, slots=True)
class EndpointScan:
    """The chains that all addresses of a target served at one time.

    `results` has one result per address, or a single one without an address when the name has no
    address that can be probed; it is never empty. `left_out` counts the addresses beyond the limit
    of one scan. `alternates` are handshakes with other parameters at one address that answered.
    `issuers` are certificates (DER) fetched from the AIA URLs of served ones. `revoked` holds, by
    fingerprint, the instants at which served certificates were revoked according to CRLs.
    """

    host: str
    port: int
    results: tuple[ProbeResult, ...]
    left_out: int = 0
    alternates: Mapping[AlternateHandshake, ProbeResult] = field(
        default_factory=lambda: MappingProxyType({})
    )
    issuers: tuple[bytes, ...] = ()
    revoked: Mapping[str, datetime] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def chains(self) -> Mapping[str, tuple[bytes, ...]]:
        """The chain as served (DER) by address; addresses that served none are left out."""
        return {one.address: one.certificates for one in self.results if one.certificates}

    @property
    def failure(self) -> ProbeFailure | None:
        """The failure at the latest stage when every address failed, else None."""
        if any(one.failure is None for one in self.results):
            return None
        failures = [one.failure for one in self.results if one.failure is not None]
        return max(failures, key=lambda each: _STAGES_IN_ORDER.index(each.stage), default=None)
