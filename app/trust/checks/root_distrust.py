"""Check: a root that its root programme no longer trusts, or will not from some date on.

Programmes distrust a root for all certificates or only for new ones. In the latter case a renewal
would break what works.
"""

from collections.abc import Iterator

from app.domain.certificates.findings import CertificateFacts, Finding, FindingKind, Reason, Verdict
from app.domain.texts.phrases import N_
from app.trust.check_context import (
    LONG_WARNING,
    Check,
    CheckContext,
    FindingText,
    Params,
    finding_level,
    forecast_level,
    profile_ids,
)

__all__ = ["CHECK"]

_SOURCE = "Mozilla Root Store Policy 7.4"
_OTHER_AUTHORITY = N_("Have the certificate issued by another authority.")
_TEXTS = {
    "finding.distrusted": FindingText(
        N_(
            "These clients no longer trust the root “%(subject)s” for the certificate of %(host)s: "
            "%(profiles)s."
        ),
        remedy=_OTHER_AUTHORITY,
    ),
    "finding.distrust_ahead": FindingText(
        N_(
            "From %(date)s on these clients no longer trust the root “%(subject)s”, to which the "
            "chain of %(host)s leads: %(profiles)s."
        ),
        remedy=_OTHER_AUTHORITY,
    ),
    "finding.distrust_on_renewal": FindingText(
        N_(
            "A renewed certificate of %(host)s would not be trusted by these clients, because of "
            "its "
            "root “%(subject)s”: %(profiles)s."
        ),
        remedy=_OTHER_AUTHORITY,
    ),
}


def _run(context: CheckContext) -> Iterator[Finding]:
    for root, over in context.by_blamed_certificate(context.refused(Reason.DISTRUSTED)):
        params = _params(context, root, over)
        yield Finding("finding.distrusted", finding_level(over), FindingKind.FACT, params, _SOURCE)
    breaking = [
        one for one in context.breaking(LONG_WARNING) if one.until_reason is Reason.DISTRUSTED
    ]
    for leaving in dict.fromkeys(verdict.until_blamed_certificate for verdict in breaking):
        over = [verdict for verdict in breaking if verdict.until_blamed_certificate == leaving]
        if leaving is not None:
            params = {**_params(context, leaving, over), "date": over[0].until or context.at}
            code = "finding.distrust_ahead"
            yield Finding(code, forecast_level(over), FindingKind.FORECAST, params, _SOURCE)
    yield from _on_renewal(context)


def _on_renewal(context: CheckContext) -> Iterator[Finding]:
    fine = {verdict.profile for verdict in context.verdicts if verdict.ok}
    spoiled = [one for one in context.lasting if one.reason is Reason.DISTRUSTED]
    for root, over in context.by_blamed_certificate(
        [one for one in spoiled if one.profile in fine]
    ):
        params = _params(context, root, over)
        code = "finding.distrust_on_renewal"
        yield Finding(code, forecast_level(over), FindingKind.FORECAST, params, _SOURCE)


def _params(context: CheckContext, root: CertificateFacts, over: list[Verdict]) -> Params:
    return {"host": context.host, "subject": root.name, "profiles": profile_ids(over)}


CHECK = Check(_run, _TEXTS)
