"""What an examination means for visitors: causes, and the phrases that tell of them. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.certificates.findings import Examination, Reason, Stage, Tier, Verdict
from app.domain.certificates.watch import Cause
from app.domain.localized_text import LocalizedText
from app.domain.phrases import PHRASES, Param, Phrase, Phrased
from app.domain.statuses import ServiceStatus

__all__ = ["Diagnoses", "Diagnosis", "diagnose", "unreachable"]

# A failure of clients of today is an outage for most; of legacy ones, for some.
_STATUS = {Tier.CURRENT: ServiceStatus.MAJOR_OUTAGE, Tier.LEGACY: ServiceStatus.PARTIAL_OUTAGE}
_NAMED = re.compile(r"%\((\w+)\)s")
# Strangers choose the names in their certificates; a sentence has room for this much.
_LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One cause with what is said of it and the status it gives the services."""

    cause: Cause
    headline: str
    body: Phrased
    status: ServiceStatus


@dataclass(frozen=True, slots=True)
class Diagnoses:
    """What is wrong: the causes to speak of, and the keys of those that hold but go unsaid."""

    spoken: tuple[Diagnosis, ...] = ()
    hidden: frozenset[str] = frozenset()


def diagnose(
    seen: Examination,
    *,
    target: str,
    labels: Mapping[str, LocalizedText],
    unreachable_since: datetime | None = None,
) -> Diagnoses:
    """What is wrong, one diagnosis per cause. `target` names the target within causes.

    The same offending certificate is the same cause on every target. While clients of today fail,
    what fails only for legacy ones as well goes unsaid: one trouble, one incident.
    """
    if seen.failure is not None and not seen.chain:
        # What the guard refused is our operator's matter, not the visitors'.
        if seen.failure.stage is Stage.REFUSED:
            return Diagnoses()
        return Diagnoses((_unreachable(seen, target, unreachable_since or seen.at),))
    groups: dict[str, list[Verdict]] = {}
    for verdict in seen.verdicts:
        if not verdict.ok:
            groups.setdefault(_key(verdict, target), []).append(verdict)
    current = {key for key, verdicts in groups.items() if _tier(verdicts) is Tier.CURRENT}
    spoken = current or set(groups)
    return Diagnoses(
        tuple(
            _certificate(key, verdicts, seen, labels)
            for key, verdicts in groups.items()
            if key in spoken
        ),
        frozenset(groups) - spoken,
    )


def unreachable(target: str) -> Cause:
    """The cause of not getting through to a target at all."""
    return Cause(f"target:{target}:unreachable", is_network=True)


def _key(verdict: Verdict, target: str) -> str:
    culprit = verdict.culprit
    # A certificate that does not fit this name may be sound elsewhere.
    if culprit is None or culprit.malformed or verdict.reason is Reason.HOST_MISMATCH:
        return f"target:{target}:{verdict.reason.value}"
    return f"certificate:{culprit.fingerprint}:{verdict.reason.value}"


def _tier(verdicts: Iterable[Verdict]) -> Tier:
    current = any(verdict.tier is Tier.CURRENT for verdict in verdicts)
    return Tier.CURRENT if current else Tier.LEGACY


def _unreachable(seen: Examination, target: str, since: datetime) -> Diagnosis:
    return Diagnosis(
        cause=unreachable(target),
        headline="title.unreachable",
        body=Phrased.of(
            Phrase.of("why.unreachable", host=seen.host, date=since), Phrase.of("who.every")
        ),
        status=ServiceStatus.MAJOR_OUTAGE,
    )


def _certificate(
    key: str, verdicts: Sequence[Verdict], seen: Examination, labels: Mapping[str, LocalizedText]
) -> Diagnosis:
    tier = _tier(verdicts)
    sound = [verdict for verdict in seen.verdicts if verdict.ok]
    who = {"affected": _named(verdicts, labels), "unaffected": _named(sound, labels)}
    return Diagnosis(
        cause=Cause(key),
        headline=f"title.certificate.{'some' if tier is Tier.LEGACY and sound else 'all'}",
        body=Phrased.of(
            _phrase(f"why.{verdicts[0].reason.value}", _facts(verdicts[0], seen)),
            _phrase(f"who.{'some' if sound else 'all'}", who),
        ),
        status=_STATUS[tier],
    )


def _phrase(code: str, known: Mapping[str, Param]) -> Phrase:
    """The phrase with those of the `known` parameters that its sentence names."""
    named = _NAMED.findall(PHRASES[code])
    return Phrase(code, {name: known[name] for name in named if name in known})


def _facts(verdict: Verdict, seen: Examination) -> dict[str, Param]:
    facts: dict[str, Param] = {"host": seen.host}
    if (culprit := verdict.culprit) is not None:
        name = culprit.name or culprit.subject or culprit.fingerprint
        facts["subject"] = f"{name[:_LONGEST_NAME]}…" if len(name) > _LONGEST_NAME else name
        expired = verdict.reason is Reason.EXPIRED
        date = culprit.not_after if expired else culprit.not_before
        if date is not None:
            facts["date"] = date
    return facts


def _named(
    verdicts: Iterable[Verdict], labels: Mapping[str, LocalizedText]
) -> tuple[LocalizedText, ...]:
    return tuple(labels[each.profile] for each in verdicts if each.profile in labels)
