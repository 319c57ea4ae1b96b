"""Certificate revocation lists (RFC 5280 section 5)."""

from datetime import datetime
from functools import lru_cache

from cryptography import x509

from app.trust.x509.certificate import Certificate

__all__ = ["revoked_at"]


def revoked_at(listed: bytes, certificate: Certificate, issuer: Certificate) -> datetime | None:
    """Return when `certificate` was revoked according to the CRL (DER).

    None when the list does not name it, or when `issuer` did not sign the list. Never raises.
    """
    if certificate.parsed is None or issuer.key is None:
        return None
    # The URL of the list comes from the probed server, so its content may be anything.
    try:
        found = _signed_list(listed, issuer)
        entry = found and found.get_revoked_certificate_by_serial_number(
            certificate.parsed.serial_number
        )
        if not entry or found is None or found.issuer != certificate.parsed.issuer:
            return None
        return None if _is_released(entry) else entry.revocation_date_utc
    except Exception:  # noqa: BLE001
        return None


@lru_cache(maxsize=4)
def _signed_list(listed: bytes, issuer: Certificate) -> x509.CertificateRevocationList | None:
    if issuer.key is None:
        return None
    found = x509.load_der_x509_crl(listed)
    key = issuer.key.holder.public_key()
    return found if found.is_signature_valid(key) else None  # type: ignore[arg-type]


def _is_released(entry: x509.RevokedCertificate) -> bool:
    reasons = [one.value for one in entry.extensions if isinstance(one.value, x509.CRLReason)]
    return any(one.reason is x509.ReasonFlags.remove_from_crl for one in reasons)
