"""What one probe saw of a target: a look per address, and second looks asked in other ways."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from app.domain.certificates.findings import LookFailure, ProbeResult, Stage

__all__ = ["EndpointScan", "SecondLook"]

_FARTHEST = (
    *(Stage.REFUSED, Stage.DNS, Stage.CONNECT),
    *(Stage.TIMEOUT, Stage.STARTTLS, Stage.HANDSHAKE),
)


class SecondLook(StrEnum):
    """Another way to ask the same server, which may answer with another chain."""

    RSA = "rsa"  # TLS 1.2 and RSA alone, as clients do that know nothing else
    NO_NAME = "no_name"  # without saying which host is wanted (no SNI)


@dataclass(frozen=True, slots=True)
class EndpointScan:
    """What every address of a target served at one time.

    `looks` has one look per address, and a single one without an address when there was none to
    look at; it is never empty. `left_out` is how many more addresses there were than are looked
    at. `second` are looks at one address that answered. `issuers` are certificates (DER) fetched
    from where served ones say their issuer can be found, `revoked` the instants at which served
    certificates were revoked according to their issuers' lists, by fingerprint.
    """

    host: str
    port: int
    looks: tuple[ProbeResult, ...]
    left_out: int = 0
    second: Mapping[SecondLook, ProbeResult] = field(default_factory=lambda: MappingProxyType({}))
    issuers: tuple[bytes, ...] = ()
    revoked: Mapping[str, datetime] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def chains(self) -> Mapping[str, tuple[bytes, ...]]:
        """The chain as served, as DER, by address; addresses that showed none are left out."""
        return {look.address: look.certificates for look in self.looks if look.certificates}

    @property
    def failure(self) -> LookFailure | None:
        """Why no address could be seen whole; None when one was. What came farthest tells most."""
        if any(look.failure is None for look in self.looks):
            return None
        failures = [look.failure for look in self.looks if look.failure is not None]
        return max(failures, key=lambda failure: _FARTHEST.index(failure.stage), default=None)
