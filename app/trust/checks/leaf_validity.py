"""Check: a leaf that is not valid now, or ends soon."""

from collections.abc import Iterator

from app.domain.certificates.findings import Finding, FindingKind, Level
from app.domain.texts.phrases import N_
from app.trust.check_context import (
    Check,
    CheckContext,
    FindingText,
    Params,
)
from app.trust.remedies import WAIT_OR_REISSUE

__all__ = ["CHECK"]

_RENEW = N_("Renew the certificate and load it into the server.")
_TEXTS = {
    "finding.leaf_expired": FindingText(
        N_("The certificate “%(subject)s” that %(host)s serves expired on %(date)s."), remedy=_RENEW
    ),
    "finding.leaf_not_yet_valid": FindingText(
        # Translators: It is also read after that date: not “not yet”.
        N_("The certificate “%(subject)s” that %(host)s serves is not valid before %(date)s."),
        remedy=WAIT_OR_REISSUE,
    ),
    "finding.leaf_expires_soon": FindingText(
        N_("The certificate “%(subject)s” that %(host)s serves expires on %(date)s."), remedy=_RENEW
    ),
}


def _run(context: CheckContext) -> Iterator[Finding]:
    leaf = context.chain.leaf
    if leaf is None or leaf.facts.not_before is None or leaf.facts.not_after is None:
        return
    starts, ends = leaf.facts.not_before, leaf.facts.not_after
    params: Params = {"host": context.host, "subject": leaf.facts.name, "date": ends}
    if context.at > ends:
        yield _fact("finding.leaf_expired", params)
    elif context.at < starts:
        yield _fact("finding.leaf_not_yet_valid", {**params, "date": starts})
    elif context.near(ends):
        level = Level.WARNING if context.renewal_is_late(leaf) else Level.INFO
        code = "finding.leaf_expires_soon"
        yield Finding(code, level, FindingKind.FORECAST, params, source="RFC 5280 4.1.2.5")


def _fact(code: str, params: Params) -> Finding:
    return Finding(code, Level.ERROR, FindingKind.FACT, params, source="RFC 5280 4.1.2.5")


CHECK = Check(_run, _TEXTS)
