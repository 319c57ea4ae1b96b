"""What an examination means for visitors: causes, and the phrases that tell of them. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.certificates import Examination, Reason, Stage, Tier, Verdict
from app.domain.localized import LocalizedText
from app.domain.phrases import Param, Phrase, Phrased
from app.domain.probes import Cause
from app.domain.statuses import ServiceStatus

__all__ = ["Diagnosis", "diagnose"]

# A failure of clients of today is an outage for most; of legacy ones, for some.
_STATUS = {Tier.CURRENT: ServiceStatus.MAJOR_OUTAGE, Tier.LEGACY: ServiceStatus.PARTIAL_OUTAGE}

_DATED = {
    Reason.EXPIRED: "not_after",
    Reason.NOT_YET_VALID: "not_before",
}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One cause with what is said of it and the status it gives the services."""

    cause: Cause
    headline: str
    body: Phrased
    status: ServiceStatus


def diagnose(
    seen: Examination, *, target: str, labels: Mapping[str, LocalizedText]
) -> tuple[Diagnosis, ...]:
    """What is wrong, one diagnosis per cause. `target` names the target within causes.

    The same offending certificate is the same cause on every target. While clients of today fail,
    what fails only for legacy ones as well goes unsaid: one trouble, one incident.
    """
    if seen.failure is not None and not seen.chain:
        # What the guard refused is our operator's matter, not the visitors'.
        return () if seen.failure.stage is Stage.REFUSED else (_unreachable(seen, target),)
    failing = [verdict for verdict in seen.verdicts if not verdict.ok]
    groups: dict[str, list[Verdict]] = {}
    for verdict in failing:
        groups.setdefault(_key(verdict, target), []).append(verdict)
    loudest = {key: verdicts for key, verdicts in groups.items() if _tier(verdicts) is Tier.CURRENT}
    return tuple(
        _certificate(key, verdicts, seen, labels) for key, verdicts in (loudest or groups).items()
    )


def _key(verdict: Verdict, target: str) -> str:
    if verdict.culprit is None or verdict.culprit.malformed:
        return f"target:{target}:{verdict.reason.value}"
    if verdict.reason is Reason.HOST_MISMATCH:
        # The certificate may be sound elsewhere: it is this name that it does not fit.
        return f"target:{target}:{verdict.reason.value}"
    return f"certificate:{verdict.culprit.fingerprint}:{verdict.reason.value}"


def _tier(verdicts: Iterable[Verdict]) -> Tier:
    current = any(verdict.tier is Tier.CURRENT for verdict in verdicts)
    return Tier.CURRENT if current else Tier.LEGACY


def _unreachable(seen: Examination, target: str) -> Diagnosis:
    return Diagnosis(
        cause=Cause(f"target:{target}:unreachable", is_network=True),
        headline="title.unreachable",
        body=Phrased.of(
            Phrase.of("why.unreachable", host=seen.host, date=seen.at), Phrase.of("who.every")
        ),
        status=ServiceStatus.MAJOR_OUTAGE,
    )


def _certificate(
    key: str, verdicts: Sequence[Verdict], seen: Examination, labels: Mapping[str, LocalizedText]
) -> Diagnosis:
    tier = _tier(verdicts)
    failing = {verdict.profile for verdict in verdicts}
    sound = [verdict.profile for verdict in seen.verdicts if verdict.ok]
    who: dict[str, Param] = {"affected": _named(failing, labels)}
    scope = "some" if tier is Tier.LEGACY and sound else "all"
    if scope == "some":
        who["unaffected"] = _named(sound, labels)
    why = Phrase(f"why.{verdicts[0].reason.value}", _params(verdicts[0], seen))
    return Diagnosis(
        cause=Cause(key),
        headline=f"title.certificate.{scope}",
        body=Phrased.of(why, Phrase(f"who.{scope}", who)),
        status=_STATUS[tier],
    )


def _params(verdict: Verdict, seen: Examination) -> dict[str, Param]:
    params: dict[str, Param] = {"host": seen.host}
    if verdict.culprit is not None:
        params["subject"] = verdict.culprit.name or verdict.culprit.subject
        dated = _DATED.get(verdict.reason)
        date: datetime | None = getattr(verdict.culprit, dated) if dated else None
        if date is not None:
            params["date"] = date
    return params


def _named(
    profiles: Iterable[str], labels: Mapping[str, LocalizedText]
) -> tuple[LocalizedText, ...]:
    return tuple(labels[profile] for profile in profiles if profile in labels)
