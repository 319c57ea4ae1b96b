"""Issuance: whether one certificate can have issued another, the links that paths consist of."""

from dataclasses import dataclass
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from app.trust.x509.certificate import Certificate, IssuerKey

__all__ = ["MAX_SIGNATURES", "SignatureChecker", "key_ids_agree", "may_issue", "self_signed"]

# The budget of one judgement. A usual chain needs a handful; a mesh of a hundred equally named
# certificates would need ten thousand.
MAX_SIGNATURES = 400
_OUTDATED = frozenset({"md5", "sha1"})


def key_ids_agree(child: Certificate, issuer: Certificate) -> bool:
    """Return whether the child's authority key identifier is the issuer's, if there are both."""
    wanted, actual = child.extensions.authority_key_id, issuer.extensions.key_id
    return wanted is None or actual is None or wanted == actual


def may_issue(child: Certificate, issuer: Certificate) -> bool:
    """Return whether OpenSSL accepts `issuer` as the child's issuer before it verifies a signature.

    Names are equal, key identifiers agree, and key usage allows signing (X509_check_issued).
    """
    return (
        child.issuer == issuer.subject
        and key_ids_agree(child, issuer)
        and not issuer.extensions.denies_signing
    )


def self_signed(certificate: Certificate) -> bool:
    """Return whether OpenSSL accepts the certificate as the top of its chain."""
    return certificate.self_issued and key_ids_agree(certificate, certificate)


@dataclass(slots=True)
class SignatureChecker:
    """Verifies signatures within a budget.

    Once the budget is spent, no signature counts as valid and `exhausted` is True. Results are
    cached by child and issuer key across judgements.
    """

    left: int = MAX_SIGNATURES
    exhausted: bool = False

    def verifies(self, child: Certificate, issuer: Certificate) -> bool:
        """Return whether the issuer's key signed the child."""
        if child.parsed is None or issuer.key is None:
            return False
        if self.left == 0:
            self.exhausted = True
            return False
        self.left -= 1
        return _signed_by(child, issuer.key)


@lru_cache(maxsize=8192)
def _signed_by(child: Certificate, issuer: IssuerKey) -> bool:
    if child.parsed is None:
        return False
    # An unknown algorithm, a key of the wrong kind and an invalid signature raise different
    # exceptions; each means that the signature could not be verified.
    try:
        if child.digest in _OUTDATED or child.signed != child.parsed.tbs_certificate_bytes:
            _verify_leniently(child, child.parsed, issuer.holder)
        else:
            child.parsed.verify_directly_issued_by(issuer.holder)
    except Exception:  # noqa: BLE001
        return False
    return True


def _verify_leniently(
    child: Certificate, parsed: x509.Certificate, issuer: x509.Certificate
) -> None:
    """Raise unless the issuer's key signed the child, in ways that the library refuses.

    Old clients accept an outdated hash; a rule decides which profiles do. A certificate in which a
    default is written out is verified as it was received.
    """
    key, digest = issuer.public_key(), parsed.signature_hash_algorithm
    if parsed.issuer != issuer.subject or digest is None:
        raise ValueError("the issuer has another name")
    if isinstance(key, rsa.RSAPublicKey):
        scheme = parsed.signature_algorithm_parameters
        if not isinstance(scheme, padding.PKCS1v15 | padding.PSS):
            raise TypeError("a signature that no RSA key makes")
        key.verify(parsed.signature, child.signed, scheme, digest)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(parsed.signature, child.signed, ec.ECDSA(digest))
    else:
        raise TypeError("a kind of key that did not sign this way")
