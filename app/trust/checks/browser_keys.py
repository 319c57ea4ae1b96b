"""Check: keys that current browsers refuse, where no judged profile stands for these browsers.

A chain that is judged for other clients alone, such as those that trust an operator's own roots,
connects with such a key, and would look right until somebody opens it in a browser.
"""

from collections.abc import Iterator

from app.domain.certificates.findings import Finding, FindingKind, Level, Reason
from app.domain.texts.phrases import N_
from app.trust.check_context import Check, CheckContext, FindingText
from app.trust.clients.profiles import BROWSERS, shipped_profiles
from app.trust.conformance import PathRole
from app.trust.paths.rules import key_fault, lacks_usage
from app.trust.x509.certificate import Certificate

__all__ = ["CHECK"]

_KEY = "finding.browser_key"
_USAGE = "finding.browser_key_usage"
_TEXTS = {
    _KEY: FindingText(
        N_(
            "Current browsers refuse the certificate “%(subject)s” in the chain that %(host)s "
            "serves, because they do not support its key (%(key)s)."
        ),
        remedy=N_(
            "Have the certificate issued anew with an RSA key of at least 2048 bits or an EC key "
            "on P-256 or P-384."
        ),
    ),
    _USAGE: FindingText(
        N_(
            "Current browsers refuse the certificate “%(subject)s” that %(host)s serves, because "
            "its key usage does not allow digital signatures."
        ),
        remedy=N_("Have the certificate issued anew with the key usage digitalSignature."),
    ),
}
_NAMES = {
    "rsa-pss": "RSASSA-PSS",
    "ed25519": "Ed25519",
    "ed448": "Ed448",
    "dsa": "DSA",
    "ml-dsa": "ML-DSA",
    "slh-dsa": "SLH-DSA",
}


def _run(context: CheckContext) -> Iterator[Finding]:
    leaf = context.chain.leaf
    if leaf is None or any(profile.id == BROWSERS for profile in context.profiles):
        return
    tolerances = shipped_profiles()[BROWSERS].tolerances
    served = list(dict.fromkeys(context.chain.certificates))
    refused = [
        certificate
        for certificate in served
        if key_fault(certificate, _role(certificate, leaf), tolerances) is Reason.UNSUPPORTED_KEY
    ]
    source = "Chromium: CertVerifyProcBuiltin, signature algorithms of its handshake"
    if len(served) > 1 and refused == served:
        # An authority that has such keys all the way up was not made for browsers.
        yield _finding(context, _KEY, leaf, source, Level.INFO)
    else:
        yield from (_finding(context, _KEY, one, source, Level.WARNING) for one in refused)
    if lacks_usage(leaf, tolerances):
        source = "Chromium: ERR_SSL_KEY_USAGE_INCOMPATIBLE; RFC 8446 4.4.2.2"
        yield _finding(context, _USAGE, leaf, source, Level.WARNING)


def _role(certificate: Certificate, leaf: Certificate) -> PathRole:
    return PathRole.LEAF if certificate == leaf else PathRole.INTERMEDIATE


def _finding(
    context: CheckContext, code: str, certificate: Certificate, source: str, level: Level
) -> Finding:
    key = certificate.key_facts
    named = key.curve or key.kind
    return Finding(
        code,
        level,
        FindingKind.FACT,
        {
            "host": context.host,
            "subject": certificate.facts.name,
            "key": _NAMES.get(named, named),
        },
        source=source,
    )


CHECK = Check(_run, _TEXTS)
