"""Certificate hierarchy of the shape that broke in September 2021, generated for the demo.

A leaf, its intermediate, a young root that current clients trust, and that root cross-signed by an
old one which older clients trust too and which is about to expire.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

__all__ = ["Authority", "Hierarchy", "Served", "make_hierarchy"]

_ORGANISATION = "Fyr Demo"


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate that signs others, with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)


@dataclass(frozen=True, slots=True)
class Served:
    """The files of a TLS server in PEM: its chain, the leaf first, and its key."""

    chain: bytes
    key: bytes


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """The authorities of the demo. `cross_sign` is `new_root` as signed by `old_root`."""

    old_root: Authority
    new_root: Authority
    cross_sign: x509.Certificate
    intermediate: Authority

    def long_chain(self, hosts: Iterable[str], *, now: datetime) -> Served:
        """Issue a leaf for `hosts` and serve it with the cross-sign; older clients fail."""
        return self._serve(hosts, now, (self.intermediate.certificate, self.cross_sign))

    def short_chain(self, hosts: Iterable[str], *, now: datetime) -> Served:
        """Issue a leaf for `hosts` and serve it without the cross-sign; all clients connect."""
        return self._serve(hosts, now, (self.intermediate.certificate,))

    def _serve(
        self, hosts: Iterable[str], now: datetime, above: tuple[x509.Certificate, ...]
    ) -> Served:
        names = tuple(hosts)
        key = _new_key()
        starts = now - timedelta(hours=1)
        builder = _draft(names[0], key.public_key(), starts, starts + timedelta(days=90))
        entries = x509.SubjectAlternativeName([_general_name(name) for name in names])
        builder = builder.add_extension(entries, critical=False)
        builder = builder.add_extension(
            x509.BasicConstraints(ca=False, path_length=None), critical=True
        )
        leaf = _sign(builder, self.intermediate)
        return Served(
            chain=b"".join(one.public_bytes(Encoding.PEM) for one in (leaf, *above)),
            key=key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        )


def make_hierarchy(now: datetime, *, expires_at: datetime) -> Hierarchy:
    """Generate a hierarchy whose old root expires at `expires_at`; all else lasts for years.

    As in 2021, the cross-sign is valid for longer than the root that signed it.
    """
    old_root = _root("Demo Old Root X3", now - timedelta(days=7300), expires_at)
    new_root = _root("Demo Root X1", now - timedelta(days=2200), now + timedelta(days=5000))
    cross_draft = _authority_draft(
        "Demo Root X1", new_root.key, now - timedelta(days=250), now + timedelta(days=1100)
    )
    key = _new_key()
    draft = _authority_draft(
        "Demo Intermediate R3", key, now - timedelta(days=390), now + timedelta(days=1400)
    )
    return Hierarchy(
        old_root=old_root,
        new_root=new_root,
        cross_sign=_sign(cross_draft, old_root),
        intermediate=Authority(_sign(draft, new_root), key),
    )


def _root(name: str, starts: datetime, ends: datetime) -> Authority:
    key = _new_key()
    draft = _authority_draft(name, key, starts, ends).issuer_name(_name(name))
    return Authority(draft.sign(key, hashes.SHA256()), key)


def _sign(draft: x509.CertificateBuilder, issuer: Authority) -> x509.Certificate:
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
    draft = draft.issuer_name(issuer.certificate.subject).add_extension(identifier, critical=False)
    return draft.sign(issuer.key, hashes.SHA256())


def _authority_draft(
    name: str, key: ec.EllipticCurvePrivateKey, starts: datetime, ends: datetime
) -> x509.CertificateBuilder:
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    draft = _draft(name, key.public_key(), starts, ends)
    draft = draft.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return draft.add_extension(usage, critical=True)


def _draft(
    name: str, key: ec.EllipticCurvePublicKey, starts: datetime, ends: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(starts)
        .not_valid_after(ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _ORGANISATION),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())
