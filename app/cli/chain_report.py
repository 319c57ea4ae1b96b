"""What `fyr probe` and `fyr judge` say about a chain: for people, for programs, as exit code."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from app.domain.certificates import (
    CertificateFacts,
    Examination,
    Finding,
    Look,
    LookFailure,
    Reason,
    Stage,
    Tier,
    Verdict,
)
from app.trust.checks import FINDING_TEXTS
from app.trust.judge import WARN_DAYS
from app.trust.profiles import Profile

__all__ = ["Exit", "Report", "visible"]

_SAYINGS: Mapping[Reason, str] = {
    Reason.OK: "ok",
    Reason.EXPIRED: "expired",
    Reason.NOT_YET_VALID: "not yet valid",
    Reason.HOST_MISMATCH: "made out to another name",
    Reason.ISSUER_UNKNOWN: "issuer not known",
    Reason.MISSING_INTERMEDIATE: "intermediate missing",
    Reason.SELF_SIGNED: "self-signed, not trusted",
    Reason.BAD_SIGNATURE: "wrong signature",
    Reason.MALFORMED: "cannot be read",
    Reason.NO_CERTIFICATE: "no certificate",
    Reason.NOT_AN_AUTHORITY: "issued by what is no authority",
    Reason.PATH_TOO_LONG: "chain longer than allowed",
    Reason.NAME_NOT_PERMITTED: "issuer may not speak for this name",
    Reason.WRONG_PURPOSE: "not meant for servers",
    Reason.UNKNOWN_EXTENSION: "demands what clients do not know",
    Reason.UNSUPPORTED_KEY: "kind of key not supported",
    Reason.WEAK_KEY: "key too short",
    Reason.WEAK_SIGNATURE: "signed with a weak method",
    Reason.VALID_TOO_LONG: "valid for too long",
    Reason.DISTRUSTED: "root no longer trusted",
}


class Exit(IntEnum):
    """The exit codes of probe and judge (design section 5)."""

    FINE = 0
    WARNING = 1
    BROKEN = 2
    UNSEEN = 3
    WRONG_USE = 64


@dataclass(frozen=True, slots=True)
class Report:
    """An examination as the commands present it. `look` is there when a probe made it."""

    examination: Examination
    profiles: Mapping[str, Profile]
    look: Look | None = None

    @property
    def exit(self) -> Exit:
        verdicts = self.examination.verdicts
        if self.examination.failure is not None:
            return Exit.UNSEEN
        if any(not verdict.ok and verdict.tier is Tier.CURRENT for verdict in verdicts):
            return Exit.BROKEN
        if all(verdict.ok and not self._near(verdict) for verdict in verdicts):
            return Exit.FINE
        return Exit.WARNING

    def _near(self, verdict: Verdict) -> bool:
        window = timedelta(days=WARN_DAYS)
        return verdict.until is not None and verdict.until - self.examination.at <= window

    def as_json(self) -> str:
        """One JSON object in ASCII, so that no control character survives."""
        seen = self.examination
        look = self.look
        return json.dumps(
            {
                "host": seen.host,
                "port": look.port if look else None,
                "address": look.address if look else None,
                "tls_version": look.tls_version if look else None,
                "at": _stamp(seen.at),
                "result": self.exit.name.lower(),
                "exit": int(self.exit),
                "failure": _failure(seen.failure),
                "chain": [_certificate(facts) for facts in seen.chain],
                "verdicts": [self._verdict(verdict) for verdict in seen.verdicts],
                "findings": [_finding(finding) for finding in seen.findings],
            },
            indent=2,
        )

    def as_text(self) -> str:
        """The report for a terminal, safe to print whatever a certificate says."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        seen = self.examination
        yield f"{self._endpoint()} as of {_clock(seen.at)}"
        if seen.failure is not None:
            failure = seen.failure
            detail = f" ({visible(failure.detail)})" if failure.detail else ""
            yield f"\nCould not look: {failure.stage.value}: {failure.code}{detail}"
            if failure.stage is Stage.REFUSED:
                yield "Name the network in FYR_ALLOWED_NETWORKS if it may be probed."
        if seen.chain:
            yield "\nChain as served"
            for position, facts in enumerate(seen.chain, start=1):
                yield from _certificate_lines(position, facts, seen.at)
        if seen.verdicts:
            yield "\nClients"
            yield from self._verdict_lines()
        if seen.findings:
            yield "\nFindings"
            for finding in seen.findings:
                affected = finding.params.get("profiles")
                whom = f" [{affected}]" if affected else ""
                yield f"  {finding.level.value:<8} {visible(_sentence(finding))}{whom}"

    def _endpoint(self) -> str:
        host = visible(self.examination.host)
        if self.look is None:
            return host
        via = [part for part in (self.look.address, self.look.tls_version) if part]
        name = f"[{host}]" if ":" in host else host
        return f"{name}:{self.look.port}" + (f" ({', '.join(via)})" if via else "")

    def _verdict_lines(self) -> Iterator[str]:
        rows = [("PROFILE", "VERDICT", "UNTIL")]
        for verdict in self.examination.verdicts:
            said = _SAYINGS[verdict.reason]
            if verdict.culprit is not None and not verdict.ok:
                said = f"{said}: {visible(verdict.culprit.name)}"
            rows.append((verdict.profile, said, _horizon(verdict)))
        first, second = (max(len(row[column]) for row in rows) for column in (0, 1))
        for row in rows:
            yield f"  {row[0]:<{first}}  {row[1]:<{second}}  {row[2]}".rstrip()

    def _verdict(self, verdict: Verdict) -> dict[str, object]:
        profile = self.profiles[verdict.profile]
        return {
            "profile": verdict.profile,
            "label": dict(profile.label),
            "share": profile.share,
            "tier": verdict.tier.value,
            "ok": verdict.ok,
            "reason": verdict.reason.value,
            "culprit": _certificate(verdict.culprit) if verdict.culprit else None,
            "path": list(verdict.path),
            "until": _stamp(verdict.until),
            "until_culprit": _certificate(verdict.until_culprit) if verdict.until_culprit else None,
        }


def visible(text: str) -> str:
    """`text` with everything escaped that a terminal would act on or hide: control characters,
    marks that turn the direction of text, and the like.
    """
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text
    )


def _certificate_lines(position: int, facts: CertificateFacts, at: datetime) -> Iterator[str]:
    if facts.malformed or facts.not_before is None or facts.not_after is None:
        yield f"  {position:>2}  (cannot be read)  sha256 {facts.fingerprint[:16]}…"
        return
    yield f"  {position:>2}  {visible(facts.subject) or visible(facts.name) or '(no name)'}"
    yield f"      issued by {visible(facts.issuer) or '(no name)'}"
    dates = f"{_clock(facts.not_before)} to {_clock(facts.not_after)}"
    yield f"      valid {dates} ({_distance(facts.not_before, facts.not_after, at)})"


def _distance(starts: datetime, ends: datetime, at: datetime) -> str:
    if at < starts:
        return f"begins in {_days(starts - at)}"
    if at > ends:
        return f"ended {_days(at - ends)} ago"
    return f"ends in {_days(ends - at)}"


def _days(length: timedelta) -> str:
    if length >= timedelta(days=2):
        return f"{length.days} days"
    hours, rest = divmod(int(length.total_seconds()), 3600)
    return f"{hours} h {rest // 60} min"


def _horizon(verdict: Verdict) -> str:
    if verdict.until is None:
        return "ever" if verdict.ok else "-"
    name = visible(verdict.until_culprit.name) if verdict.until_culprit else ""
    return f"{_clock(verdict.until)}  {name}".rstrip()


def _sentence(finding: Finding) -> str:
    params = {
        name: _clock(value) if isinstance(value, datetime) else value
        for name, value in finding.params.items()
    }
    return FINDING_TEXTS[finding.code] % params


def _certificate(facts: CertificateFacts) -> dict[str, object]:
    return {
        "fingerprint": facts.fingerprint,
        "name": facts.name,
        "subject": facts.subject,
        "issuer": facts.issuer,
        "serial": facts.serial,
        "not_before": _stamp(facts.not_before),
        "not_after": _stamp(facts.not_after),
        "malformed": facts.malformed,
    }


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "code": finding.code,
        "level": finding.level.value,
        "kind": finding.kind.value,
        "text": _sentence(finding),
        "params": {
            name: _stamp(value) if isinstance(value, datetime) else value
            for name, value in finding.params.items()
        },
        "source": finding.source,
    }


def _failure(failure: LookFailure | None) -> dict[str, str] | None:
    if failure is None:
        return None
    return {"stage": failure.stage.value, "code": failure.code, "detail": failure.detail}


def _stamp(instant: datetime | None) -> str | None:
    return instant.isoformat().replace("+00:00", "Z") if instant is not None else None


def _clock(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S}Z"
