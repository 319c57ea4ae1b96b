"""English texts of `fyr probe` and `fyr judge`: reasons, dates, and escaping for terminals."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from app.domain.certificates.findings import Finding, Reason
from app.domain.certificates.horizon import BreakKind
from app.trust.checks import FINDING_TEXTS

__all__ = [
    "BREAK_TEXTS",
    "REASON_TEXTS",
    "escaped",
    "finding_text",
    "json_time",
    "length_text",
    "time_until",
    "utc_text",
    "validity_text",
]

REASON_TEXTS: Mapping[Reason, str] = {
    Reason.OK: "ok",
    Reason.EXPIRED: "expired",
    Reason.NOT_YET_VALID: "not yet valid",
    Reason.HOST_MISMATCH: "for another name",
    Reason.ISSUER_UNKNOWN: "issuer not known",
    Reason.MISSING_INTERMEDIATE: "intermediate missing",
    Reason.SELF_SIGNED: "self-signed, not trusted",
    Reason.BAD_SIGNATURE: "wrong signature",
    Reason.SIGNATURE_UNVERIFIABLE: "signature cannot be checked here",
    Reason.MALFORMED: "cannot be read",
    Reason.NO_CERTIFICATE: "no certificate",
    Reason.NOT_AN_AUTHORITY: "issuer is not an authority",
    Reason.PATH_TOO_LONG: "chain longer than allowed",
    Reason.NAME_NOT_PERMITTED: "issuer not permitted for this name",
    Reason.WRONG_PURPOSE: "not meant for servers",
    Reason.UNKNOWN_EXTENSION: "unknown critical extension",
    Reason.NOT_CONFORMING: "breaks rules that these clients enforce",
    Reason.UNSUPPORTED_KEY: "key type not supported",
    Reason.WEAK_KEY: "key too short",
    Reason.WEAK_SIGNATURE: "signed with a weak method",
    Reason.VALID_TOO_LONG: "valid for too long",
    Reason.DISTRUSTED: "root no longer trusted",
}
BREAK_TEXTS: Mapping[BreakKind, str] = {
    BreakKind.LEAF: "renew the certificate",
    BreakKind.INTERMEDIATE: "the authority changes its intermediate",
    BreakKind.CROSS_SIGN: "cross-sign expires",
    BreakKind.ROOT: "root expires",
    BreakKind.PROGRAMME: "root removed from the trust store",
}


def escaped(text: str) -> str:
    """Return `text` with all characters escaped that a terminal would interpret or hide.

    Among them are control characters and marks of text direction.
    """
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text
    )


def utc_text(instant: datetime) -> str:
    """Format an instant in UTC, to the second."""
    return f"{instant:%Y-%m-%d %H:%M:%S}Z"


def json_time(instant: datetime) -> str:
    """Format an instant in UTC for JSON output (RFC 3339), with fractions of a second if any."""
    return instant.isoformat().replace("+00:00", "Z")


def validity_text(starts: datetime, ends: datetime, at: datetime) -> str:
    """Describe an instant relative to a validity, such as "ends in 12 days"."""
    if at < starts:
        return f"begins in {length_text(starts - at)}"
    if at > ends:
        return f"ended {length_text(at - ends)} ago"
    return f"ends in {length_text(ends - at)}"


def time_until(instant: datetime, at: datetime) -> str:
    """Describe how far in the future an instant is."""
    return f"in {length_text(instant - at)}" if instant > at else "now"


def length_text(length: timedelta) -> str:
    """Format a length of time in days, or in hours and minutes if it is shorter than two days."""
    if length >= timedelta(days=2):
        return f"{length.days} days"
    hours, rest = divmod(int(length.total_seconds()), 3600)
    return f"{hours} h {rest // 60} min"


def finding_text(finding: Finding) -> str:
    """Return the sentence of a finding with dates to the second; not escaped for a terminal."""
    params = {
        name: utc_text(value) if isinstance(value, datetime) else value
        for name, value in finding.params.items()
    }
    return FINDING_TEXTS[finding.code] % params
