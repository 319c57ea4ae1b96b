"""What a survey means: the chain of every address judged, the worst of them told."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from app.domain.certificates.findings import Examination, Finding, ProbeResult, Verdict
from app.domain.certificates.probe_results import EndpointScan
from app.trust.check_context import CheckContext, Judged
from app.trust.checks import find, loudest_first
from app.trust.clients.profiles import Profile
from app.trust.judge import WARN_DAYS, open_case
from app.trust.x509.certificate import Certificate, parse

__all__ = ["examine_scan"]

_NEVER = datetime.max.replace(tzinfo=UTC)


def examine_scan(
    seen: EndpointScan,
    *,
    at: datetime,
    profiles: Iterable[Profile],
    warn_days: int = WARN_DAYS,
    known: tuple[Certificate, ...] = (),
) -> Examination:
    """What a survey means for each profile. Never raises for any chain.

    A client may be led to any of the addresses, so its verdict is the worst of all, and the chain
    told is the one that the most verdicts are bad over. Findings are those of every distinct
    chain, and what comparing the looks brings up. `known`: see `judge`.
    """
    held = (*known, *map(parse, seen.issuers))
    open_ = partial(
        open_case,
        host=seen.host,
        at=at,
        profiles=tuple(profiles),
        warn_days=warn_days,
        known=held,
    )
    cases: dict[object, CheckContext] = {}
    addresses = tuple(_judged(seen.looks, cases, open_))
    if not addresses:
        return Examination(seen.host, at, (), (), (), seen.failure)
    told, *others = sorted(cases.values(), key=_harm, reverse=True)
    answers = seen.second.values()
    second = dict(
        zip(seen.second, (tuple(_judged([one], {}, open_)) for one in answers), strict=True)
    )
    told = replace(
        told,
        scan=seen,
        addresses=addresses,
        second={way: found[0] for way, found in second.items() if found},
    )
    return Examination(
        seen.host,
        at,
        told.chain.facts,
        _worst([told, *others]),
        _together([told, *others]),
        seen.failure,
        told.look.address if told.look else "",
    )


def _judged(
    looks: Iterable[ProbeResult], cases: dict[object, CheckContext], open_: "partial[CheckContext]"
) -> Iterator[Judged]:
    """The looks that showed something; `cases` gains one for each that differs."""
    for look in looks:
        if look.failure is not None and not look.certificates:
            continue
        shown = look.certificates, look.tls_version, look.staple_asked, look.staple
        case = cases.get(shown) or cases.setdefault(shown, open_(look))
        yield Judged(look, case.chain, case.verdicts)


def _harm(case: CheckContext) -> int:
    return sum(not verdict.ok for verdict in case.verdicts)


def _worst(cases: list[CheckContext]) -> tuple[Verdict, ...]:
    each = zip(*(case.verdicts for case in cases), strict=True)
    return tuple(min(verdicts, key=lambda one: (one.ok, one.until or _NEVER)) for verdicts in each)


def _together(cases: list[CheckContext]) -> tuple[Finding, ...]:
    found: Mapping[object, Finding] = {
        (finding.code, *sorted(finding.params.items(), key=lambda item: item[0])): finding
        for case in cases
        for finding in find(case)
    }
    return loudest_first(found.values())
