"""Certificates of a target as a probe saw them, and what they mean: records, no judgement.

`app.trust` makes these from bytes; `app.usecases.targets.probes` stores them and decides what
follows.
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
    "LookFailure",
    "ProbeResult",
    "Reason",
    "Stage",
    "Tier",
    "Verdict",
]


class Reason(StrEnum):
    """Why a client connects or does not. `OK` is the only good one."""

    OK = "ok"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    HOST_MISMATCH = "host_mismatch"
    ISSUER_UNKNOWN = "issuer_unknown"
    MISSING_INTERMEDIATE = "missing_intermediate"
    SELF_SIGNED = "self_signed"
    BAD_SIGNATURE = "bad_signature"
    MALFORMED = "malformed"
    NO_CERTIFICATE = "no_certificate"
    NOT_AN_AUTHORITY = "not_an_authority"
    PATH_TOO_LONG = "path_too_long"
    NAME_NOT_PERMITTED = "name_not_permitted"
    WRONG_PURPOSE = "wrong_purpose"
    UNKNOWN_EXTENSION = "unknown_extension"
    UNSUPPORTED_KEY = "unsupported_key"
    WEAK_KEY = "weak_key"
    WEAK_SIGNATURE = "weak_signature"
    VALID_TOO_LONG = "valid_too_long"
    DISTRUSTED = "distrusted"


class Tier(StrEnum):
    """How much of today's world a client profile stands for: decides exit codes and statuses."""

    CURRENT = "current"
    LEGACY = "legacy"


class Level(StrEnum):
    """How loud a finding is, quietest first."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class FindingKind(StrEnum):
    """Where a finding comes from: signed bytes, the network, the calendar, or mere interest."""

    FACT = "fact"
    NETWORK = "network"
    FORECAST = "forecast"
    INFO = "info"


class Stage(StrEnum):
    """How far a look came before it failed."""

    REFUSED = "refused"
    DNS = "dns"
    CONNECT = "connect"
    STARTTLS = "starttls"
    HANDSHAKE = "handshake"
    TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """The facts of one certificate that texts and pages name.

    `fingerprint` is the lower-case hex SHA-256 of the DER bytes, `subject` and `issuer` are whole
    RFC 4514 names, `name` is the short one people know it by (common name, else organisation,
    else first host name). All of them come from strangers: they may hold control characters.
    A certificate that cannot be parsed has `malformed=True`, empty names and no dates.
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
    """Would clients of one profile connect at one time, and if not, what stops them.

    `culprit` is the certificate to blame (None for ok and for an absent chain), `path` the
    fingerprints from the leaf to the anchor as far as the client got, `until` the first instant
    at which this verdict turns bad (None when it is bad already or never does), `until_culprit`
    the certificate to blame then, `until_reason` what is wrong then.
    """

    profile: str
    tier: Tier
    reason: Reason
    culprit: CertificateFacts | None = None
    path: tuple[str, ...] = ()
    until: datetime | None = None
    until_culprit: CertificateFacts | None = None
    until_reason: Reason | None = None

    @property
    def ok(self) -> bool:
        """Whether these clients connect."""
        return self.reason is Reason.OK


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact about a chain with a level; `code` names a phrase, `params` are its data."""

    code: str
    level: Level
    kind: FindingKind
    params: Mapping[str, str | int | datetime] = field(default_factory=dict)
    source: str = ""


@dataclass(frozen=True, slots=True)
class LookFailure:
    """Why a look saw no chain: the stage it failed in, a stable code, and a detail for staff."""

    stage: Stage
    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """One handshake: the certificates as served, in order, as DER bytes, or why there are none.

    `staple` is the stapled OCSP answer as DER bytes, if one was asked for and came.
    """

    host: str
    port: int
    address: str = ""
    certificates: tuple[bytes, ...] = ()
    tls_version: str = ""
    failure: LookFailure | None = None
    staple_asked: bool = False
    staple: bytes | None = None


@dataclass(frozen=True, slots=True)
class Examination:
    """What a look means: the chain's facts, a verdict per profile, the findings, loudest first.

    `address` is where the chain was served, empty for one that came from elsewhere.
    """

    host: str
    at: datetime
    chain: tuple[CertificateFacts, ...]
    verdicts: tuple[Verdict, ...]
    findings: tuple[Finding, ...]
    failure: LookFailure | None = None
    address: str = ""
