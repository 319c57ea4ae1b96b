"""Report on a chain as `fyr probe` and `fyr judge` present it: JSON and exit code."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from app.cli.chains.words import finding_text, json_time
from app.domain.certificates.findings import (
    CertificateFacts,
    Examination,
    Finding,
    FindingKind,
    Level,
    ProbeFailure,
    ProbeResult,
    Reason,
    Tier,
    Verdict,
)
from app.domain.certificates.horizon import (
    Advice,
    Break,
    Horizon,
    Responsible,
    renewal_is_late,
    warning_step,
)
from app.domain.certificates.probe_results import EndpointScan
from app.trust.advice import ADVICE_TEXTS, advise
from app.trust.checks import REMEDIES
from app.trust.clients.profiles import Profile
from app.trust.horizons import horizons
from app.trust.judge import WARN_DAYS
from app.trust.x509.certificate import Certificate
from app.trust.x509.chain import Chain

__all__ = ["Exit", "Report", "as_json", "report_of", "worst_of"]


class Exit(IntEnum):
    """Exit codes of `fyr probe` and `fyr judge`."""

    FINE = 0
    WARNING = 1
    BROKEN = 2
    UNSEEN = 3
    WRONG_USE = 64


@dataclass(frozen=True, slots=True)
class Report:
    """An examination with horizons and advice.

    `scan` is there when a probe made the examination, `horizons` and `advice` when there is a
    chain. `others` are horizons of profiles that are shown but do not count for the exit code;
    `profiles` includes these.
    """

    examination: Examination
    profiles: Mapping[str, Profile]
    scan: EndpointScan | None = None
    horizons: tuple[Horizon, ...] = ()
    advice: tuple[Advice, ...] = ()
    others: tuple[Horizon, ...] = ()

    @property
    def exit(self) -> Exit:
        verdicts = self.examination.verdicts
        if self.examination.failure is not None:
            return Exit.UNSEEN
        if any(not verdict.ok and verdict.tier is Tier.CURRENT for verdict in verdicts):
            return Exit.BROKEN
        if any(one.level is not Level.INFO for one in self.examination.findings):
            return Exit.BROKEN if self._is_refused_by_current_clients() else Exit.WARNING
        if any(
            horizon.lasting and self._is_unpreventable(horizon.lasting) for horizon in self.horizons
        ):
            return Exit.WARNING
        fine = all(verdict.ok and not self._is_due(verdict) for verdict in verdicts)
        return Exit.FINE if fine else Exit.WARNING

    def _is_refused_by_current_clients(self) -> bool:
        """Return whether current clients refuse the server although its chain is valid.

        That is so when a certificate was revoked, or the server supports no current version of TLS.
        """
        current = any(verdict.tier is Tier.CURRENT for verdict in self.examination.verdicts)
        return current and any(
            one.level is Level.ERROR and one.kind is FindingKind.FACT
            for one in self.examination.findings
        )

    @property
    def result(self) -> ProbeResult | None:
        """The probe result with the examined chain, or else the first one."""
        results = self.scan.results if self.scan else ()
        matching = (one for one in results if one.address == self.examination.address)
        return next(matching, next(iter(results), None))

    def _is_unpreventable(self, break_: Break) -> bool:
        reached = warning_step(break_, self.examination.at) is not None
        return break_.kind.responsible is Responsible.NOBODY and reached

    def is_near(self, break_: Break) -> bool:
        """Return whether a future break calls for a warning, as the findings and the exit code do.

        What somebody renews does so when its renewal is late, anything else in steps.
        """
        if break_.kind.responsible is Responsible.NOBODY:
            return self._is_unpreventable(break_)
        return self._ends_in_window(break_.at) and self._renewal_is_late(break_.blamed_certificate)

    def _is_due(self, verdict: Verdict) -> bool:
        expires = verdict.until_reason is Reason.EXPIRED
        late = not expires or self._renewal_is_late(verdict.until_blamed_certificate)
        return verdict.until is not None and self._ends_in_window(verdict.until) and late

    def _ends_in_window(self, ends: datetime) -> bool:
        return ends - self.examination.at <= timedelta(days=WARN_DAYS)

    def _renewal_is_late(self, blamed: CertificateFacts | None) -> bool:
        return blamed is None or renewal_is_late(blamed, self.examination.at)

    def as_object(self) -> dict[str, object]:
        """Return the JSON object that docs/certificates.md describes."""
        examination = self.examination
        result = self.result
        second = self.scan.alternates if self.scan else {}
        return {
            "host": examination.host,
            "port": result.port if result else None,
            "address": result.address if result else None,
            "tls_version": result.tls_version if result else None,
            "at": _stamp(examination.at),
            "result": self.exit.name.lower(),
            "exit": int(self.exit),
            "failure": _failure(examination.failure),
            "addresses": [_result(one) for one in (self.scan.results if self.scan else ())],
            "second_looks": {way.value: _result(one) for way, one in second.items()},
            "chain": [_certificate(facts) for facts in examination.chain],
            "verdicts": [self._verdict(verdict) for verdict in examination.verdicts],
            "findings": [_finding(finding) for finding in examination.findings],
            "horizons": [
                *(self._horizon(one, counts=True) for one in self.horizons),
                *(self._horizon(one, counts=False) for one in self.others),
            ],
            "advice": [_advice(advice) for advice in self.advice],
        }

    def _horizon(self, horizon: Horizon, *, counts: bool) -> dict[str, object]:
        return {
            "profile": horizon.profile,
            "label": dict(self.profiles[horizon.profile].label),
            "tier": horizon.tier.value,
            "counts": counts,
            "reason": horizon.reason.value,
            "next": _break(horizon.next),
            "lasting": _break(horizon.lasting),
        }

    def _verdict(self, verdict: Verdict) -> dict[str, object]:
        profile = self.profiles[verdict.profile]
        return {
            "profile": verdict.profile,
            "label": dict(profile.label),
            "share": profile.share,
            "tier": verdict.tier.value,
            "ok": verdict.ok,
            "reason": verdict.reason.value,
            "blamed_certificate": _certificate(verdict.blamed_certificate),
            "path": list(verdict.path),
            "until": _stamp(verdict.until),
            "until_reason": verdict.until_reason.value if verdict.until_reason else None,
            "until_blamed_certificate": _certificate(verdict.until_blamed_certificate),
        }


def report_of(
    examination: Examination,
    chain: Chain,
    main_profiles: Mapping[str, Profile],
    other_profiles: Mapping[str, Profile],
    known: tuple[Certificate, ...] = (),
    scan: EndpointScan | None = None,
) -> Report:
    """Return the report on a chain that was examined for the `main_profiles`."""
    host, at, every = examination.host, examination.at, {**main_profiles, **other_profiles}
    if chain.leaf is None:
        return Report(examination, every, scan)
    return Report(
        examination,
        every,
        scan,
        horizons(chain, host=host, at=at, profiles=main_profiles.values(), known=known),
        advise(chain, host=host, at=at, profiles=every.values(), known=known),
        horizons(chain, host=host, at=at, profiles=other_profiles.values(), known=known),
    )


def worst_of(reports: Sequence[Report]) -> Exit:
    """Return the exit code of several reports, the highest of all."""
    return max((report.exit for report in reports), default=Exit.FINE)


def as_json(reports: Sequence[Report]) -> str:
    """One JSON object in ASCII, so that no control character survives: the report itself, or of
    several the result of all and each report in order.
    """
    if len(reports) == 1:
        return json.dumps(reports[0].as_object(), indent=2)
    code = worst_of(reports)
    targets = [report.as_object() for report in reports]
    document = {"result": code.name.lower(), "exit": int(code), "targets": targets}
    return json.dumps(document, indent=2)


def _result(result: ProbeResult) -> dict[str, object]:
    return {
        "address": result.address,
        "tls_version": result.tls_version or None,
        "failure": _failure(result.failure),
        "stapled": result.staple is not None,
        "chain": [hashlib.sha256(der).hexdigest() for der in result.certificates],
    }


def _certificate(facts: CertificateFacts | None) -> dict[str, object] | None:
    if facts is None:
        return None
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
        "text": finding_text(finding),
        "params": {
            name: _stamp(value) if isinstance(value, datetime) else value
            for name, value in finding.params.items()
        },
        "remedy": REMEDIES[finding.code],
        "source": finding.source,
    }


def _break(break_: Break | None) -> dict[str, object] | None:
    if break_ is None:
        return None
    return {
        "at": _stamp(break_.at),
        "reason": break_.reason.value,
        "kind": break_.kind.value,
        "responsible": break_.kind.responsible.value,
        "blamed_certificate": _certificate(break_.blamed_certificate),
    }


def _advice(advice: Advice) -> dict[str, object]:
    return {
        "code": advice.code,
        "text": ADVICE_TEXTS[advice.code] % advice.params,
        "params": dict(advice.params),
        "chain": list(advice.chain),
        "gained": list(advice.gained),
        "lost": list(advice.lost),
    }


def _failure(failure: ProbeFailure | None) -> dict[str, str] | None:
    if failure is None:
        return None
    return {"stage": failure.stage.value, "code": failure.code, "detail": failure.detail}


def _stamp(instant: datetime | None) -> str | None:
    return json_time(instant) if instant is not None else None
