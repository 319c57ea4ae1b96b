"""Check: differences between the addresses of one host name.

Nodes may have certificates of their own, and every rollout of a renewal looks like that for a
while. So a difference is information, unless verdicts or host names differ.
"""

from collections.abc import Iterator

from app.domain.certificates.findings import Finding, FindingKind, Level
from app.domain.certificates.probe_results import EndpointScan
from app.domain.texts.phrases import N_
from app.trust.check_context import (
    Check,
    CheckContext,
    FindingText,
    JudgedResult,
    Params,
)
from app.trust.remedies import NO_ACTION

__all__ = ["CHECK"]

_SAME_EVERYWHERE = N_("Load the same certificates into every node behind this name.")
_TEXTS = {
    "finding.address_silent": FindingText(
        N_(
            "The address %(address)s of %(host)s does not answer like the other addresses: "
            "%(stage)s, %(code)s."
        ),
        remedy=N_("Restore that node, or remove its address from the DNS name."),
    ),
    "finding.address_out_of_reach": FindingText(
        N_(
            "The address %(address)s of %(host)s was not probed: there is no route to it from here."
        ),
        remedy=NO_ACTION,
    ),
    "finding.addresses_left_out": FindingText(
        N_(
            "Number of addresses of %(host)s: %(count)s. Number of those that were probed this "
            "time: %(considered)s."
        ),
        remedy=NO_ACTION,
    ),
    "finding.addresses_disagree": FindingText(
        N_(
            "Not all addresses of %(host)s serve the same certificate: at %(addresses)s it is "
            "“%(subject)s”, valid until %(date)s."
        ),
        remedy=_SAME_EVERYWHERE,
    ),
    "finding.families_disagree": FindingText(
        N_(
            "IPv4 and IPv6 lead to different certificates of %(host)s: over %(family)s it is "
            "“%(subject)s”, valid until %(date)s."
        ),
        remedy=_SAME_EVERYWHERE,
    ),
    "finding.addresses_chains_disagree": FindingText(
        N_(
            "Not all addresses of %(host)s serve the same intermediate certificates. Different "
            "certificates are served at: %(addresses)s."
        ),
        remedy=_SAME_EVERYWHERE,
    ),
}


def _run(context: CheckContext) -> Iterator[Finding]:
    if context.scan is None:
        return
    yield from _silent(context.scan)
    if context.scan.left_out:
        probed = len(context.scan.results)
        params: Params = {
            "host": context.host,
            "count": probed + context.scan.left_out,
            "considered": probed,
        }
        code = "finding.addresses_left_out"
        yield Finding(code, Level.INFO, FindingKind.INFO, params, source="RFC 1034 3.6")
    usual, *odd = sorted(_groups(context.addresses), key=len, reverse=True)
    for group in odd:
        yield _differing(context, usual, group, by_family=len(odd) == 1)


def _silent(scan: EndpointScan) -> Iterator[Finding]:
    if scan.failure is not None:
        return
    for result in scan.results:
        if result.failure is None:
            continue
        params: Params = {"host": result.host, "address": result.address}
        if result.failure.code == "no_route":
            code = "finding.address_out_of_reach"
            yield Finding(code, Level.INFO, FindingKind.INFO, params, source="RFC 8305")
            continue
        params |= {"stage": result.failure.stage.value, "code": result.failure.code}
        code = "finding.address_silent"
        yield Finding(code, Level.WARNING, FindingKind.NETWORK, params, source="RFC 8305")


def _groups(addresses: tuple[JudgedResult, ...]) -> list[list[JudgedResult]]:
    groups: dict[object, list[JudgedResult]] = {}
    for one in addresses:
        groups.setdefault(one.chain.certificates, []).append(one)
    return list(groups.values())


def _differing(
    context: CheckContext, usual: list[JudgedResult], group: list[JudgedResult], *, by_family: bool
) -> Finding:
    here, there = group[0], usual[0]
    addresses = ", ".join(one.result.address for one in group)
    params: Params = {"host": context.host, "addresses": addresses}
    level = Level.WARNING if _fares_differently(here, there) else Level.INFO
    leaf, other = here.chain.leaf, there.chain.leaf
    if leaf is None or leaf == other or leaf.facts.not_after is None:
        code = "finding.addresses_chains_disagree"
        return Finding(code, level, FindingKind.FACT, params, source="RFC 8446 4.4.2")
    params |= {"subject": leaf.facts.name, "date": leaf.facts.not_after}
    code = "finding.addresses_disagree"
    families = {_family(one) for one in group}
    if by_family and len(families) == 1 and families.isdisjoint(_family(one) for one in usual):
        code = "finding.families_disagree"
        params["family"] = families.pop()
    return Finding(code, level, FindingKind.FACT, params, source="RFC 8446 4.4.2")


def _fares_differently(one: JudgedResult, other: JudgedResult) -> bool:
    fates = [tuple(verdict.ok for verdict in each.verdicts) for each in (one, other)]
    names = [
        set(each.chain.leaf.extensions.dns_names) if each.chain.leaf else ()
        for each in (one, other)
    ]
    return fates[0] != fates[1] or names[0] != names[1]


def _family(one: JudgedResult) -> str:
    return "IPv6" if ":" in one.result.address else "IPv4"


CHECK = Check(_run, _TEXTS)
