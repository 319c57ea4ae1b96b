"""Records of judged certificates: facts, verdicts and findings of a probe or a chain.

`app.trust` makes them from bytes; `app.usecases.targets.probes` stores them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

__all__ = [
    "CertificateFacts",
    "Examination",
    "Finding",
    "FindingKind",
    "Level",
    "ProbeFailure",
    "ProbeResult",
    "Reason",
    "Stage",
    "Tier",
    "Verdict",
]


class Reason(StrEnum):
    """The result of path validation for one client. Only `OK` means that the client connects."""

    OK = "ok"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    HOST_MISMATCH = "host_mismatch"
    ISSUER_UNKNOWN = "issuer_unknown"
    MISSING_INTERMEDIATE = "missing_intermediate"
    SELF_SIGNED = "self_signed"
    BAD_SIGNATURE = "bad_signature"
    SIGNATURE_UNVERIFIABLE = "signature_unverifiable"
    MALFORMED = "malformed"
    NO_CERTIFICATE = "no_certificate"
    NOT_AN_AUTHORITY = "not_an_authority"
    PATH_TOO_LONG = "path_too_long"
    NAME_NOT_PERMITTED = "name_not_permitted"
    WRONG_PURPOSE = "wrong_purpose"
    UNKNOWN_EXTENSION = "unknown_extension"
    NOT_CONFORMING = "not_conforming"
    UNSUPPORTED_KEY = "unsupported_key"
    WEAK_KEY = "weak_key"
    WEAK_SIGNATURE = "weak_signature"
    VALID_TOO_LONG = "valid_too_long"
    DISTRUSTED = "distrusted"


class Tier(StrEnum):
    """Whether a client profile is current or legacy; it decides exit codes and service statuses."""

    CURRENT = "current"
    LEGACY = "legacy"


class Level(StrEnum):
    """The severity of a finding, lowest first."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class FindingKind(StrEnum):
    """The basis of a finding: signed bytes, the network, a future date, or information alone."""

    FACT = "fact"
    NETWORK = "network"
    FORECAST = "forecast"
    INFO = "info"


class Stage(StrEnum):
    """The stage in which a probe failed."""

    REFUSED = "refused"
    DNS = "dns"
    CONNECT = "connect"
    STARTTLS = "starttls"
    HANDSHAKE = "handshake"
    TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """Facts of one certificate that texts and pages name.

    `fingerprint` is the lower-case hex SHA-256 of the DER bytes. `subject` and `issuer` are whole
    RFC 4514 names; `name` is the short one (common name, else organisation, else first host name).
    All names come from third parties and may hold control characters. A certificate that cannot be
    parsed has `malformed=True`, empty names and no dates.
    """

    fingerprint: str
    subject: str
    issuer: str
    serial: str = ""
    not_before: datetime | None = None
    not_after: datetime | None = None
    malformed: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether clients of one profile connect at one time, and what prevents it.

    `blamed_certificate` is the one for which the client refuses the chain; None when the verdict is
    OK or there is no chain. `path` are the fingerprints from the leaf to the anchor as far as the
    client got. `until` is the first instant at which this verdict turns bad, None when it is bad
    already or never does; `until_blamed_certificate` and `until_reason` are what prevents the
    connection then.
    """

    profile: str
    tier: Tier
    reason: Reason
    blamed_certificate: CertificateFacts | None = None
    path: tuple[str, ...] = ()
    until: datetime | None = None
    until_blamed_certificate: CertificateFacts | None = None
    until_reason: Reason | None = None

    @property
    def ok(self) -> bool:
        """Whether these clients connect."""
        return self.reason is Reason.OK


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact about a chain with a level. `code` names a phrase, `params` are its data."""

    code: str
    level: Level
    kind: FindingKind
    params: Mapping[str, str | int | datetime] = field(default_factory=dict)
    source: str = ""


@dataclass(frozen=True, slots=True)
class ProbeFailure:
    """Why a probe received no chain: the failed stage, a stable code, and a detail for staff."""

    stage: Stage
    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """Result of one handshake: the certificates (DER) in the order served, or the failure.

    `staple` is the stapled OCSP response (DER), if one was requested and sent.
    """

    host: str
    port: int
    address: str = ""
    certificates: tuple[bytes, ...] = ()
    tls_version: str = ""
    failure: ProbeFailure | None = None
    staple_requested: bool = False
    staple: bytes | None = None


@dataclass(frozen=True, slots=True)
class Examination:
    """A judged probe or chain: facts of the certificates, a verdict per profile, and the findings.

    Findings are ordered by level, errors first. `address` is where the chain was served, empty for
    a chain that was not probed.
    """

    host: str
    at: datetime
    chain: tuple[CertificateFacts, ...]
    verdicts: tuple[Verdict, ...]
    findings: tuple[Finding, ...]
    failure: ProbeFailure | None = None
    address: str = ""
