"""OCSP answers and lists of revoked certificates, made on the spot."""

from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from tests.trust.authorities import NOON, key, leaf, make, name

__all__ = ["answer", "revocation_list"]

_DAY = timedelta(days=1)


def answer(*, revoked: bool = False, days: int = 1) -> bytes:
    """A stapled OCSP answer about a leaf of Inter."""
    issuer = x509.load_der_x509_certificate(make("Inter", "Root"))
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=x509.load_der_x509_certificate(leaf("Inter")),
        issuer=issuer,
        algorithm=hashes.SHA256(),
        cert_status=ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD,
        this_update=NOON - 3 * _DAY,
        next_update=NOON + days * _DAY,
        revocation_time=NOON - 2 * _DAY if revoked else None,
        revocation_reason=None,
    )
    signed = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, issuer).sign(
        key("Inter"), hashes.SHA256()
    )
    return signed.public_bytes(Encoding.DER)


def revocation_list(
    *serials: int, issuer: str = "Inter", signed_by: str | None = None, released: bool = False
) -> bytes:
    """The list of an issuer that revoked these serial numbers two days ago."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(name(issuer))
        .last_update(NOON - _DAY)
        .next_update(NOON + 6 * _DAY)
    )
    for serial in serials:
        entry = x509.RevokedCertificateBuilder(serial, NOON - 2 * _DAY)
        if released:
            reason = x509.CRLReason(x509.ReasonFlags.remove_from_crl)
            entry = entry.add_extension(reason, critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(key(signed_by or issuer), hashes.SHA256()).public_bytes(Encoding.DER)
