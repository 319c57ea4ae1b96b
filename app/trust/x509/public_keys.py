"""Public keys: their kind, size and curve, and the signatures that RSASSA-PSS keys may make."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, mldsa, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

from app.trust.x509.der import (
    BIT_STRING,
    OBJECT_IDENTIFIER,
    SEQUENCE,
    DerElement,
    children,
    decode_oid,
    read_one,
)

__all__ = [
    "CURVE_NAMES",
    "EXPLICIT",
    "OTHER",
    "SLH_DSA",
    "KeyFacts",
    "PssParameters",
    "key_facts",
    "pss_parameters",
]

# The name that profiles give to a curve written out as parameters (RFC 5480 forbids it).
EXPLICIT = "explicit"
# The kind of a key that the library cannot read, such as one of GOST R 34.10.
OTHER = "other"
# The kind of a key of FIPS 205, which the library does not read either.
SLH_DSA = "slh-dsa"

# Curves by object identifier: those of TLS (RFC 8422, RFC 7027), and others that OpenSSL knows.
CURVE_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "1.2.840.10045.3.1.1": "secp192r1",
        "1.3.132.0.33": "secp224r1",
        "1.2.840.10045.3.1.7": "secp256r1",
        "1.3.132.0.34": "secp384r1",
        "1.3.132.0.35": "secp521r1",
        "1.3.132.0.10": "secp256k1",
        "1.3.132.0.32": "secp224k1",
        "1.3.36.3.3.2.8.1.1.7": "brainpoolP256r1",
        "1.3.36.3.3.2.8.1.1.11": "brainpoolP384r1",
        "1.3.36.3.3.2.8.1.1.13": "brainpoolP512r1",
        "1.3.36.3.3.2.8.1.1.5": "brainpoolP224r1",
        "1.3.36.3.3.2.8.1.1.6": "brainpoolP224t1",
        "1.3.36.3.3.2.8.1.1.8": "brainpoolP256t1",
        "1.3.36.3.3.2.8.1.1.9": "brainpoolP320r1",
        "1.3.36.3.3.2.8.1.1.10": "brainpoolP320t1",
        "1.3.36.3.3.2.8.1.1.12": "brainpoolP384t1",
        "1.3.36.3.3.2.8.1.1.14": "brainpoolP512t1",
        "1.2.840.10045.3.1.4": "prime239v1",
        "1.2.840.10045.3.1.5": "prime239v2",
        "1.2.840.10045.3.1.6": "prime239v3",
        "1.3.132.0.26": "sect233k1",
        "1.3.132.0.27": "sect233r1",
        "1.3.132.0.3": "sect239k1",
        "1.3.132.0.16": "sect283k1",
        "1.3.132.0.17": "sect283r1",
        "1.3.132.0.36": "sect409k1",
        "1.3.132.0.37": "sect409r1",
        "1.3.132.0.38": "sect571k1",
        "1.3.132.0.39": "sect571r1",
        "1.2.156.10197.1.301": "sm2",
    }
)
# Those among them that the library reads: a key on one of them that it cannot read is no key.
_READ = frozenset(
    {
        *("secp192r1", "secp224r1", "secp256r1", "secp384r1", "secp521r1", "secp256k1"),
        *("brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1"),
    }
)
_KINDS: tuple[tuple[str, type], ...] = (
    ("rsa", rsa.RSAPublicKey),
    ("ec", ec.EllipticCurvePublicKey),
    ("ed25519", ed25519.Ed25519PublicKey),
    ("ed448", ed448.Ed448PublicKey),
    ("dsa", dsa.DSAPublicKey),
    ("ml-dsa", mldsa.MLDSA44PublicKey),
    ("ml-dsa", mldsa.MLDSA65PublicKey),
    ("ml-dsa", mldsa.MLDSA87PublicKey),
)
# SLH-DSA with and without a hash.
_SLH_DSAS = frozenset(
    f"2.16.840.1.101.3.4.3.{number}" for number in (*range(20, 32), *range(35, 47))
)
_EC_KEY = "1.2.840.10045.2.1"
_PSS = "1.2.840.113549.1.1.10"
_HASHES = {
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.4": "sha224",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
_HASH, _MASK, _SALT = 0xA0, 0xA1, 0xA2
# The defaults of RFC 4055 section 3.1.
_USUAL_HASH, _USUAL_SALT = "sha1", 20


@dataclass(frozen=True, slots=True)
class PssParameters:
    """Parameters of RSASSA-PSS (RFC 4055 section 3.1), of a key or of a signature.

    `hash` and `mask_hash` are names such as sha256, empty where unknown; `salt` is the length of
    the salt.
    """

    hash: str
    mask_hash: str
    salt: int

    def allow(self, signature: "PssParameters | None") -> bool:
        """Return whether a key with these parameters may make the signature (section 1.2).

        None stands for a signature of another scheme.
        """
        return (
            signature is not None
            and (signature.hash, signature.mask_hash) == (self.hash, self.mask_hash)
            and signature.salt >= self.salt
        )


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """Facts of a public key.

    `kind` is rsa, rsa-pss, ec, ed25519, ed448, dsa, ml-dsa, slh-dsa or other, `bits` its size (0:
    unknown). `curve` is a name of CURVE_NAMES, EXPLICIT, or empty. `pss` are the parameters that
    restrict the signatures of an RSASSA-PSS key.
    """

    kind: str = OTHER
    bits: int = 0
    curve: str = ""
    pss: PssParameters | None = None


def key_facts(parsed: x509.Certificate, der: bytes) -> KeyFacts:
    """Return the facts of the key of a certificate with these bytes. Never raises."""
    # The key comes from outside, and the library raises nearly any exception for it.
    try:
        key: CertificatePublicKeyTypes | None = parsed.public_key()
    except Exception:  # noqa: BLE001
        key = None
    bits = getattr(key, "key_size", 0 if key is None else 256)
    try:
        algorithm, parameters = _algorithm(der)
        if algorithm == _PSS:
            return KeyFacts("rsa-pss", bits, pss=_pss(parameters))
        if algorithm == _EC_KEY:
            curve = _curve(key, parameters)
            return KeyFacts("ec", bits, curve) if curve else KeyFacts()
        if algorithm in _SLH_DSAS:
            return KeyFacts(SLH_DSA)
    except (ValueError, StopIteration):
        return KeyFacts()
    kind = next((name for name, family in _KINDS if isinstance(key, family)), OTHER)
    return KeyFacts(kind, bits)


def pss_parameters(der: bytes) -> PssParameters | None:
    """Return the parameters of the signature on a certificate; None if it is of another scheme.

    Never raises.
    """
    try:
        _, algorithm, _ = children(read_one(der, SEQUENCE).content)
        identifier, *parameters = children(algorithm.content)
        if decode_oid(identifier.content) != _PSS:
            return None
        return _pss(next(iter(parameters), None))
    except (ValueError, StopIteration):
        return None


def _algorithm(der: bytes) -> tuple[str, DerElement | None]:
    """Return the algorithm of the SubjectPublicKeyInfo and its parameters."""
    tbs = next(children(read_one(der, SEQUENCE).content))
    for part in children(tbs.content):
        if part.tag != SEQUENCE:
            continue
        inner = list(children(part.content))
        if len(inner) == 2 and (inner[0].tag, inner[1].tag) == (SEQUENCE, BIT_STRING):
            identifier, *parameters = children(inner[0].content)
            return decode_oid(identifier.content), next(iter(parameters), None)
    raise ValueError("there is no SubjectPublicKeyInfo")


def _curve(key: object, parameters: DerElement | None) -> str:
    """Return the name of the curve; empty where it is not known, or where the key is none."""
    if parameters is not None and parameters.tag == SEQUENCE:
        return EXPLICIT
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.curve.name
    if parameters is None or parameters.tag != OBJECT_IDENTIFIER:
        return ""
    name = CURVE_NAMES.get(decode_oid(parameters.content), "")
    return "" if name in _READ else name


def _pss(parameters: DerElement | None) -> PssParameters | None:
    if parameters is None or parameters.tag != SEQUENCE:
        return None
    found = {part.tag: part.content for part in children(parameters.content)}
    digest = _hash_name(found[_HASH]) if _HASH in found else _USUAL_HASH
    mask, salt = _USUAL_HASH, _USUAL_SALT
    if _MASK in found:
        _, inner = children(read_one(found[_MASK], SEQUENCE).content)
        mask = _hash_name(inner.encoded)
    if _SALT in found:
        (length,) = children(found[_SALT])
        salt = int.from_bytes(length.content, "big")
    return PssParameters(digest, mask, salt)


def _hash_name(algorithm: bytes) -> str:
    identifier = next(children(read_one(algorithm, SEQUENCE).content))
    return _HASHES.get(decode_oid(identifier.content), "")
