"""Judgement of an endpoint scan: the chain of every address, and the worst of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from app.domain.certificates.findings import Examination, Finding, ProbeResult, Verdict
from app.domain.certificates.probe_results import EndpointScan
from app.trust.check_context import CheckContext, JudgedResult
from app.trust.checks import most_severe_first, run_checks
from app.trust.clients.profiles import Profile
from app.trust.judge import WARN_DAYS, make_context
from app.trust.x509.certificate import Certificate, parse

__all__ = ["examine_scan"]

_NEVER = datetime.max.replace(tzinfo=UTC)

_MakeContext = Callable[[ProbeResult], CheckContext]


def examine_scan(
    scan: EndpointScan,
    *,
    at: datetime,
    profiles: Iterable[Profile],
    warn_days: int = WARN_DAYS,
    known: tuple[Certificate, ...] = (),
) -> Examination:
    """Judge a scan for each profile. Never raises for any chain.

    Clients may connect to any of the addresses, so the verdict of a profile is the worst of all
    addresses, and the chain returned is the one with the most bad verdicts. The findings are those
    of every distinct chain and of the comparison of the addresses. `known`: see `judge`.
    """
    context_of = partial(
        make_context,
        host=scan.host,
        at=at,
        profiles=tuple(profiles),
        warn_days=warn_days,
        known=(*known, *map(parse, scan.issuers)),
    )
    contexts: dict[object, CheckContext] = {}
    addresses = tuple(_judged(scan.results, contexts, context_of))
    if not addresses:
        return Examination(scan.host, at, (), (), (), scan.failure)
    worst, *others = sorted(contexts.values(), key=_bad_verdicts, reverse=True)
    alternates = {
        kind: judged
        for kind, result in scan.alternates.items()
        for judged in _judged([result], {}, context_of)
    }
    worst = replace(worst, scan=scan, addresses=addresses, alternates=alternates)
    return Examination(
        scan.host,
        at,
        worst.chain.facts,
        _worst_verdicts([worst, *others]),
        _distinct_findings([worst, *others]),
        scan.failure,
        worst.result.address if worst.result else "",
    )


def _judged(
    results: Iterable[ProbeResult], contexts: dict[object, CheckContext], context_of: _MakeContext
) -> Iterator[JudgedResult]:
    """Judge the results that have a chain; add one context for each distinct one to `contexts`."""
    for result in results:
        if result.failure is not None and not result.certificates:
            continue
        key = result.certificates, result.tls_version, result.staple_requested, result.staple
        context = contexts.get(key) or contexts.setdefault(key, context_of(result))
        yield JudgedResult(result, context.chain, context.verdicts)


def _bad_verdicts(context: CheckContext) -> int:
    return sum(not verdict.ok for verdict in context.verdicts)


def _worst_verdicts(contexts: list[CheckContext]) -> tuple[Verdict, ...]:
    by_profile = zip(*(context.verdicts for context in contexts), strict=True)
    return tuple(
        min(verdicts, key=lambda one: (one.ok, one.until or _NEVER)) for verdicts in by_profile
    )


def _distinct_findings(contexts: list[CheckContext]) -> tuple[Finding, ...]:
    found: Mapping[object, Finding] = {
        (finding.code, *sorted(finding.params.items(), key=lambda item: item[0])): finding
        for context in contexts
        for finding in run_checks(context)
    }
    return most_severe_first(found.values())
