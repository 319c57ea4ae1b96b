"""Certificates made on the spot. Names stand for keys: the same name, the same key."""

from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from app.trust.clients.stores import Store
from app.trust.x509.certificate import parse
from app.trust.x509.chain import Chain, read_chain

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOST = "shop.example"


@cache
def key(name: str) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
    """The key that goes by `name`, made once: `rsa1024 whose` is an RSA key of that size, `p192`
    is on that curve.
    """
    if name == "p192":
        return ec.generate_private_key(ec.SECP192R1())
    if name.startswith("rsa"):
        return rsa.generate_private_key(65537, int(name[3:7]))
    return ec.generate_private_key(ec.SECP256R1())


@cache
def make(
    subject: str,
    issuer: str | None = None,
    *,
    starts: datetime = NOON - timedelta(days=100),
    ends: datetime = NOON + timedelta(days=100),
    ca: bool = True,
    hosts: tuple[str, ...] = (),
    held_by: str | None = None,
    signed_by: str | None = None,
    serial: int = 1,
    path_length: int | None = None,
    extensions: tuple[tuple[x509.ExtensionType, bool], ...] = (),
) -> bytes:
    """A certificate as DER. Without an issuer it is self-signed. `held_by` and `signed_by` name
    other keys than those of subject and issuer. `extensions` come with whether they are critical.
    """
    issuer = issuer or subject
    own, signer = key(held_by or subject), key(signed_by or issuer)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(own.public_key())
        .serial_number(serial)
        .not_valid_before(starts)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=path_length), critical=True)
    )
    if hosts:
        names = x509.SubjectAlternativeName([_general_name(host) for host in hosts])
        builder = builder.add_extension(names, critical=False)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(signer, hashes.SHA256()).public_bytes(Encoding.DER)


def leaf(
    issuer: str,
    *hosts: str,
    starts: datetime = NOON - timedelta(days=30),
    ends: datetime = NOON + timedelta(days=60),
) -> bytes:
    """A server's certificate for HOST, or for `hosts`."""
    names = hosts or (HOST,)
    return make(names[0], issuer, ca=False, hosts=names, starts=starts, ends=ends)


def chain(*ders: bytes) -> Chain:
    return read_chain(ders)


def store(*ders: bytes) -> Store:
    return Store("test", tuple(parse(der) for der in ders))


def name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
