"""Check: a root that is not valid now, or ends soon, for the clients whose path ends there.

No renewal cures that: clients need a new root, or the server has to serve a path to another one.
"""

from collections.abc import Iterator
from datetime import datetime

from app.domain.certificates.findings import (
    CertificateFacts,
    Finding,
    FindingKind,
    Level,
    Reason,
    Verdict,
)
from app.domain.texts.phrases import N_
from app.trust.check_context import (
    LONG_WARNING,
    Check,
    CheckContext,
    FindingText,
    Params,
    finding_level,
    profile_ids,
)
from app.trust.remedies import SERVE_OTHER_CHAIN, WAIT_OR_REISSUE

__all__ = ["CHECK"]

_TEXTS = {
    "finding.root_expired": FindingText(
        N_(
            "The root “%(subject)s”, to which the chain of %(host)s leads some clients, expired on "
            "%(date)s."
        ),
        remedy=SERVE_OTHER_CHAIN,
    ),
    "finding.root_not_yet_valid": FindingText(
        # Translators: It is also read after that date: not “not yet”.
        N_(
            "The root “%(subject)s”, to which the chain of %(host)s leads some clients, is not "
            "valid "
            "before %(date)s."
        ),
        remedy=WAIT_OR_REISSUE,
    ),
    "finding.root_expires_soon": FindingText(
        N_(
            "The root “%(subject)s”, to which the chain of %(host)s leads some clients, expires on "
            "%(date)s."
        ),
        remedy=SERVE_OTHER_CHAIN,
    ),
}


def _run(context: CheckContext) -> Iterator[Finding]:
    # leaf_validity and issuer_validity cover the others. Issuers that clients fetch are left out:
    # when one of those ends, clients fetch its successor.
    elsewhere = {
        c.fingerprint for c in (*context.chain.certificates, *context.known) if not c.self_issued
    }
    if context.chain.leaf is not None:
        elsewhere.add(context.chain.leaf.fingerprint)
    stopped = context.refused(Reason.EXPIRED, Reason.NOT_YET_VALID)
    for root in dict.fromkeys(verdict.blamed_certificate for verdict in stopped):
        if root is not None and root.fingerprint not in elsewhere:
            yield _broken(
                context,
                root,
                [verdict for verdict in stopped if verdict.blamed_certificate == root],
            )
    expiring = (Reason.EXPIRED, Reason.NOT_YET_VALID)
    breaking = [one for one in context.breaking(LONG_WARNING) if one.until_reason in expiring]
    for root in dict.fromkeys(verdict.until_blamed_certificate for verdict in breaking):
        if root is not None and root.fingerprint not in elsewhere:
            needing = [verdict for verdict in breaking if verdict.until_blamed_certificate == root]
            yield _breaking(context, root, needing)


def _broken(context: CheckContext, root: CertificateFacts, stopped: list[Verdict]) -> Finding:
    early = stopped[0].reason is Reason.NOT_YET_VALID
    return Finding(
        "finding.root_not_yet_valid" if early else "finding.root_expired",
        finding_level(stopped),
        FindingKind.FACT,
        _params(context, root, stopped, root.not_before if early else root.not_after),
        source="RFC 5280 6.1",
    )


def _breaking(context: CheckContext, root: CertificateFacts, needing: list[Verdict]) -> Finding:
    return Finding(
        "finding.root_expires_soon",
        Level.WARNING,
        FindingKind.FORECAST,
        _params(context, root, needing, needing[0].until),
        source="RFC 5280 6.1",
    )


def _params(
    context: CheckContext, root: CertificateFacts, verdicts: list[Verdict], date: datetime | None
) -> Params:
    return {
        "host": context.host,
        "subject": root.name,
        "date": date or context.at,
        "profiles": profile_ids(verdicts),
    }


CHECK = Check(_run, _TEXTS)
