"""Diagnoses: the causes of an examination's failures, with the phrases and the service status.
Pure.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.certificates.displayed_names import display_name
from app.domain.certificates.findings import Examination, Reason, Stage, Tier, Verdict
from app.domain.certificates.watch import Cause
from app.domain.statuses import ServiceStatus
from app.domain.texts.localized_text import LocalizedText
from app.domain.texts.phrases import PHRASES, Param, Phrase, Phrased

__all__ = ["Diagnoses", "Diagnosis", "diagnose", "unreachable"]

# A failure of a current profile concerns most visitors, one of a legacy profile some of them.
_STATUS = {Tier.CURRENT: ServiceStatus.MAJOR_OUTAGE, Tier.LEGACY: ServiceStatus.PARTIAL_OUTAGE}
_NAMED = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One cause with its headline, its text, and the status that it gives to the services."""

    cause: Cause
    headline: str
    body: Phrased
    status: ServiceStatus


@dataclass(frozen=True, slots=True)
class Diagnoses:
    """The causes to announce, and the keys of causes that hold but are not announced."""

    announced: tuple[Diagnosis, ...] = ()
    hidden: frozenset[str] = frozenset()


def diagnose(
    examination: Examination,
    *,
    target: str,
    labels: Mapping[str, LocalizedText],
    unreachable_since: datetime | None = None,
) -> Diagnoses:
    """Return one diagnosis per cause. `target` identifies the target within keys of causes.

    A certificate to blame is one cause on all targets that serve it. While a current profile fails,
    causes that concern legacy profiles alone are hidden, so that one fault opens one incident.
    """
    if examination.failure is not None and not examination.chain:
        # An address refused by FYR_ALLOWED_NETWORKS is a matter of configuration, not an outage.
        if examination.failure.stage is Stage.REFUSED:
            return Diagnoses()
        return Diagnoses((_unreachable(examination, target, unreachable_since or examination.at),))
    groups: dict[str, list[Verdict]] = {}
    for verdict in examination.verdicts:
        if not verdict.ok:
            groups.setdefault(_key(verdict, target), []).append(verdict)
    current = {key for key, verdicts in groups.items() if _tier(verdicts) is Tier.CURRENT}
    announced = current or set(groups)
    return Diagnoses(
        tuple(
            _certificate(key, verdicts, examination, labels)
            for key, verdicts in groups.items()
            if key in announced
        ),
        frozenset(groups) - announced,
    )


def unreachable(target: str) -> Cause:
    """Return the cause for a target that could not be connected to."""
    return Cause(f"target:{target}:unreachable", network=True)


def _key(verdict: Verdict, target: str) -> str:
    blamed = verdict.blamed_certificate
    # A certificate for another name is a fault of this target alone.
    if blamed is None or blamed.malformed or verdict.reason is Reason.HOST_MISMATCH:
        return f"target:{target}:{verdict.reason.value}"
    return f"certificate:{blamed.fingerprint}:{verdict.reason.value}"


def _tier(verdicts: Iterable[Verdict]) -> Tier:
    current = any(verdict.tier is Tier.CURRENT for verdict in verdicts)
    return Tier.CURRENT if current else Tier.LEGACY


def _unreachable(examination: Examination, target: str, since: datetime) -> Diagnosis:
    return Diagnosis(
        cause=unreachable(target),
        headline="title.unreachable",
        body=Phrased.of(
            Phrase.of("why.unreachable", host=examination.host, date=since), Phrase.of("who.every")
        ),
        status=ServiceStatus.MAJOR_OUTAGE,
    )


def _certificate(
    key: str,
    verdicts: Sequence[Verdict],
    examination: Examination,
    labels: Mapping[str, LocalizedText],
) -> Diagnosis:
    tier = _tier(verdicts)
    sound = [verdict for verdict in examination.verdicts if verdict.ok]
    who = {"affected": _named(verdicts, labels), "unaffected": _named(sound, labels)}
    return Diagnosis(
        cause=Cause(key),
        headline=f"title.certificate.{'some' if tier is Tier.LEGACY and sound else 'all'}",
        body=Phrased.of(
            _phrase(f"why.{verdicts[0].reason.value}", _facts(verdicts[0], examination)),
            _phrase(f"who.{'some' if sound else 'all'}", who),
        ),
        status=_STATUS[tier],
    )


def _phrase(code: str, known: Mapping[str, Param]) -> Phrase:
    """Return the phrase with those of the `known` parameters that its sentence names."""
    named = _NAMED.findall(PHRASES[code])
    return Phrase(code, {name: known[name] for name in named if name in known})


def _facts(verdict: Verdict, examination: Examination) -> dict[str, Param]:
    facts: dict[str, Param] = {"host": examination.host}
    if (blamed := verdict.blamed_certificate) is not None:
        facts["subject"] = display_name(blamed.name or blamed.subject or blamed.fingerprint)
        expired = verdict.reason is Reason.EXPIRED
        date = blamed.not_after if expired else blamed.not_before
        if date is not None:
            facts["date"] = date
    return facts


def _named(
    verdicts: Iterable[Verdict], labels: Mapping[str, LocalizedText]
) -> tuple[LocalizedText, ...]:
    return tuple(labels[each.profile] for each in verdicts if each.profile in labels)
