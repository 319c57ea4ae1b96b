"""Check: other chains in alternate handshakes, with RSA alone or without SNI.

A second certificate may serve old clients, and a default one may belong to another name. Each is
information, unless clients that connect with the usual chain fail with the other one.
"""

from collections.abc import Iterator

from app.domain.certificates.findings import Finding, FindingKind, Level
from app.domain.certificates.probe_results import AlternateHandshake
from app.domain.texts.phrases import N_
from app.trust.check_context import (
    Check,
    CheckContext,
    FindingText,
    JudgedResult,
    Params,
    profile_ids,
)
from app.trust.remedies import NO_ACTION

__all__ = ["CHECK"]

_TWIN = N_("Renew the RSA certificate too, and load it beside the other one.")
_TEXTS = {
    "finding.rsa_twin": FindingText(
        N_(
            "Clients that support only RSA get another certificate from %(host)s: “%(subject)s”, "
            "valid until %(date)s."
        ),
        remedy=NO_ACTION,
    ),
    "finding.rsa_twin_fails": FindingText(
        N_(
            "Clients that support only RSA get the certificate “%(subject)s” from %(host)s. "
            "These clients cannot connect with it: %(profiles)s."
        ),
        remedy=_TWIN,
    ),
    "finding.rsa_twin_expires_soon": FindingText(
        N_(
            "The certificate “%(subject)s” that %(host)s serves to clients that support only RSA "
            "expires on %(date)s."
        ),
        remedy=_TWIN,
    ),
    "finding.no_name_differs": FindingText(
        N_(
            "Clients that send no server name (SNI) get another certificate from %(host)s: "
            "“%(subject)s”."
        ),
        remedy=NO_ACTION,
    ),
    "finding.no_name_refused": FindingText(
        N_("Clients that send no server name (SNI) get no certificate from %(host)s."),
        remedy=NO_ACTION,
    ),
}


def _run(context: CheckContext) -> Iterator[Finding]:
    yield from _with_rsa(context)
    yield from _without_name(context)


def _same_address(context: CheckContext, again: JudgedResult) -> JudgedResult | None:
    return next(
        (one for one in context.addresses if one.result.address == again.result.address), None
    )


def _with_rsa(context: CheckContext) -> Iterator[Finding]:
    alternate = context.alternates.get(AlternateHandshake.RSA)
    leaf = alternate.chain.leaf if alternate else None
    first = _same_address(context, alternate) if alternate else None
    if alternate is None or leaf is None or first is None:
        return
    if alternate.chain.certificates == first.chain.certificates:
        return
    sound = {verdict.profile for verdict in first.verdicts if verdict.ok}
    failing = [one for one in alternate.verdicts if not one.ok and one.profile in sound]
    ends = leaf.facts.not_after
    params: Params = {"host": context.host, "subject": leaf.facts.name, "date": ends or context.at}
    source = "RFC 5246 7.4.2"
    if failing:
        code = "finding.rsa_twin_fails"
        params["profiles"] = profile_ids(failing)
        yield Finding(code, Level.WARNING, FindingKind.FACT, params, source)
    elif context.renewal_is_late(leaf):
        code = "finding.rsa_twin_expires_soon"
        yield Finding(code, Level.WARNING, FindingKind.FORECAST, params, source)
    else:
        yield Finding("finding.rsa_twin", Level.INFO, FindingKind.INFO, params, source)


def _without_name(context: CheckContext) -> Iterator[Finding]:
    result = context.scan.alternates.get(AlternateHandshake.NO_NAME) if context.scan else None
    if result is None:
        return
    shown = context.alternates.get(AlternateHandshake.NO_NAME)
    params: Params = {"host": context.host}
    source = "RFC 6066 3"
    if shown is None or shown.chain.leaf is None:
        # Only a TLS alert means that the server refuses such clients; a lost connection does not.
        if result.failure is not None and result.failure.code.startswith("alert_"):
            yield Finding("finding.no_name_refused", Level.INFO, FindingKind.INFO, params, source)
        return
    usual = _same_address(context, shown)
    if usual is not None and usual.chain.leaf != shown.chain.leaf:
        params["subject"] = shown.chain.leaf.facts.name
        yield Finding("finding.no_name_differs", Level.INFO, FindingKind.INFO, params, source)


CHECK = Check(_run, _TEXTS)
