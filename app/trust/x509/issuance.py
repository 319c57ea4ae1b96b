"""Issuance: whether one certificate can have issued another, the links that paths consist of."""

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, mldsa, padding, rsa
from cryptography.x509.oid import SignatureAlgorithmOID

from app.trust.x509.certificate import Certificate, IssuerKey
from app.trust.x509.normal_names import NameMatching, normalised_name
from app.trust.x509.public_keys import PssParameters, pss_parameters

__all__ = [
    "MAX_SIGNATURES",
    "Signature",
    "SignatureChecker",
    "authority_key_id_fits",
    "issuer_name_fits",
    "key_ids_agree",
    "may_issue",
    "self_signed",
    "signed_with_own_key",
]

# The budget of one judgement. A usual chain needs a handful; a mesh of a hundred equally named
# certificates would need ten thousand.
MAX_SIGNATURES = 400
# Keys whose signatures name no hash.
_WITHOUT_HASH = (
    ed25519.Ed25519PublicKey,
    ed448.Ed448PublicKey,
    mldsa.MLDSA44PublicKey,
    mldsa.MLDSA65PublicKey,
    mldsa.MLDSA87PublicKey,
)
_OUTDATED = frozenset({"md5", "sha1"})
# The library has names for the algorithms that it verifies, and for GOST, which it does not.
_SUPPORTED = frozenset(
    oid for name, oid in vars(SignatureAlgorithmOID).items() if not name.startswith(("GOST", "__"))
)


class Signature(Enum):
    """The result of verifying a signature. `UNVERIFIABLE` says nothing about the signature: its
    algorithm or the key is not supported here, or the budget is spent.
    """

    VALID = "valid"
    INVALID = "invalid"
    UNVERIFIABLE = "unverifiable"


def key_ids_agree(child: Certificate, issuer: Certificate) -> bool:
    """Return whether the key identifiers of child and issuer agree, or one of them is missing."""
    wanted, actual = child.extensions.authority_key_id, issuer.extensions.key_id
    return wanted is None or actual is None or wanted == actual


def issuer_name_fits(child: Certificate, issuer: Certificate, matching: NameMatching) -> bool:
    """Return whether these clients find the issuer by the name that the child has for it."""
    wanted, actual = child.encoded_issuer, issuer.encoded_subject
    return wanted == actual or (
        normalised_name(wanted, matching) == normalised_name(actual, matching)
    )


def _authority_agrees(child: Certificate, issuer: Certificate) -> bool:
    """Return whether the issuer and serial number in the child's authority key identifier, where
    they are there, are those of the issuer (X509_check_akid).
    """
    wanted = child.extensions
    return (
        wanted.authority_serial is None or wanted.authority_serial == int(issuer.facts.serial, 16)
    ) and (wanted.authority_issuer is None or wanted.authority_issuer == issuer.issuer)


def authority_key_id_fits(child: Certificate, issuer: Certificate) -> bool:
    """Return whether Java accepts the issuer by the child's authority key identifier: by key and by
    serial number, each where it is named (AdaptableX509CertSelector).
    """
    serial = child.extensions.authority_serial
    return key_ids_agree(child, issuer) and (
        serial is None or serial == int(issuer.facts.serial, 16)
    )


def may_issue(child: Certificate, issuer: Certificate) -> bool:
    """Return whether OpenSSL accepts `issuer` as the child's issuer before it verifies a signature.

    Names are equal, the authority key identifier agrees, and key usage allows signing
    (X509_check_issued).
    """
    return (
        child.issuer == issuer.subject
        and key_ids_agree(child, issuer)
        and _authority_agrees(child, issuer)
        and not issuer.extensions.denies_signing
    )


def self_signed(certificate: Certificate) -> bool:
    """Return whether OpenSSL accepts the certificate as the top of its chain."""
    return (
        certificate.self_issued
        and key_ids_agree(certificate, certificate)
        and _authority_agrees(certificate, certificate)
    )


def signed_with_own_key(certificate: Certificate) -> bool:
    """Return whether the key in the certificate signed it, whatever names it has."""
    if certificate.parsed is None:
        return False
    try:
        _verify_by_key(certificate, certificate.parsed, certificate.parsed)
    except Exception:  # noqa: BLE001  # InvalidSignature, or a key that cannot be read
        return False
    return True


@dataclass(slots=True)
class SignatureChecker:
    """Verifies signatures within a budget.

    Once the budget is spent, no signature can be verified and `exhausted` is True. Results are
    cached by child and issuer key across judgements.
    """

    left: int = MAX_SIGNATURES
    exhausted: bool = False

    def verifies(self, child: Certificate, issuer: Certificate) -> bool:
        """Return whether the issuer's key is known to have signed the child."""
        return self.verify(child, issuer) is Signature.VALID

    def verify(self, child: Certificate, issuer: Certificate) -> Signature:
        """Return whether the issuer's key signed the child, as far as that can be known here."""
        if child.parsed is None:
            return Signature.INVALID
        if issuer.key is None:
            return Signature.UNVERIFIABLE
        if self.left == 0:
            self.exhausted = True
            return Signature.UNVERIFIABLE
        self.left -= 1
        return _signed_by(child, issuer.key)


@lru_cache(maxsize=8192)
def _signed_by(child: Certificate, issuer: IssuerKey) -> Signature:
    if child.parsed is None:
        return Signature.INVALID
    if _is_unsupported(child.parsed):
        return Signature.UNVERIFIABLE
    if issuer.facts.kind == "rsa-pss" and not _keeps_to(issuer.facts.pss, child):
        return Signature.INVALID
    try:
        if child.digest in _OUTDATED or _differs_for_the_library(child, issuer.holder):
            _verify_leniently(child, child.parsed, issuer.holder)
        else:
            child.parsed.verify_directly_issued_by(issuer.holder)
    except UnsupportedAlgorithm:
        return Signature.UNVERIFIABLE
    except Exception:  # noqa: BLE001  # InvalidSignature, or a key of another kind than signed
        return Signature.INVALID
    return Signature.VALID


def _keeps_to(restrictions: PssParameters | None, child: Certificate) -> bool:
    """Return whether the signature is one that a key with these restrictions may make."""
    # RFC 4055 section 1.2: an RSASSA-PSS key makes no PKCS #1 v1.5 signatures. The library would
    # verify them, since it takes the key for an RSA key without restrictions.
    signature = pss_parameters(child.der)
    return signature is not None if restrictions is None else restrictions.allow(signature)


def _is_unsupported(child: x509.Certificate) -> bool:
    """Return whether signatures of this algorithm cannot be verified here."""
    if child.signature_algorithm_oid not in _SUPPORTED:
        return True
    try:
        scheme, digest = child.signature_algorithm_parameters, child.signature_hash_algorithm
    except Exception:  # noqa: BLE001  # parameters that the library does not know
        return True
    # No TLS signature scheme stands for RSASSA-PSS with SHA-1 or MD5 (RFC 8446 section 4.2.3), so
    # what clients make of it is not known.
    return isinstance(scheme, padding.PSS) and digest is not None and digest.name in _OUTDATED


def _differs_for_the_library(child: Certificate, issuer: x509.Certificate) -> bool:
    """Return whether the library refuses the child for bytes in which most clients see no
    difference: a default that is written out, or another spelling of the issuer's name.
    """
    if child.parsed is None or child.signed != child.parsed.tbs_certificate_bytes:
        return True
    return child.parsed.issuer.public_bytes() != issuer.subject.public_bytes()


def _verify_leniently(
    child: Certificate, parsed: x509.Certificate, issuer: x509.Certificate
) -> None:
    """Raise unless the issuer's key signed the child, in ways that the library refuses.

    Old clients accept an outdated hash; a rule decides which profiles do. A certificate in which a
    default is written out is verified as it was received. Names are compared as clients do.
    """
    if child.issuer != normalised_name(issuer.subject.public_bytes()):
        raise ValueError("the issuer has another name")
    _verify_by_key(child, parsed, issuer)


def _verify_by_key(child: Certificate, parsed: x509.Certificate, issuer: x509.Certificate) -> None:
    """Raise unless the issuer's key signed the child, whatever names they have."""
    key, digest = issuer.public_key(), parsed.signature_hash_algorithm
    if isinstance(key, _WITHOUT_HASH):
        key.verify(parsed.signature, child.signed)
    elif digest is None:
        raise ValueError("the signature names no hash")
    elif isinstance(key, rsa.RSAPublicKey):
        # The library returns no parameters for RSA with MD5.
        found = parsed.signature_algorithm_parameters
        scheme = found if isinstance(found, padding.PSS) else padding.PKCS1v15()
        key.verify(parsed.signature, child.signed, scheme, digest)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(parsed.signature, child.signed, ec.ECDSA(digest))
    elif isinstance(key, dsa.DSAPublicKey):
        key.verify(parsed.signature, child.signed, digest)
    else:
        raise TypeError("a kind of key that did not sign this way")
