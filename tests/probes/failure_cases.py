"""What endpoints on the farm: healthy servers, and one for each way in which a server is broken."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from types import MappingProxyType

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID
from OpenSSL import SSL

from app.domain.certificates.findings import Stage
from app.trust.clients.profiles import Profile, shipped_profiles
from app.trust.clients.root_programmes import Programme
from app.trust.clients.stores import Store
from tests.probes.farm import Endpoint, Serving, tls
from tests.probes.servers import Behaviour, flight, hold, sending
from tests.trust.aia_and_crl import answer
from tests.trust.authorities import HOST, NOON, key, leaf, make, store

__all__ = ["ALL", "BROKEN", "FIRST", "HEALTHY", "UNSEEN"]

DAY = timedelta(days=1)
FAR_AHEAD = NOON + 999 * DAY
ROOT = make("Root", ends=FAR_AHEAD)
INTER = make("Inter", "Root", ends=FAR_AHEAD)
LEAF = leaf("Inter")
OLD = make("Old", ends=FAR_AHEAD)
FIRST, SECOND, SIX = "127.0.0.1", "127.0.0.2", "::1"


def profiles(roots: Store) -> tuple[Profile, ...]:
    """The kinds of clients that targets are judged for, but with these roots."""
    shipped = shipped_profiles()
    return tuple(replace(shipped[name], store=roots) for name in ("current", "legacy-openssl"))


USUAL = profiles(store(ROOT))
WITH_OLD = profiles(store(ROOT, OLD))


@dataclass(frozen=True, slots=True)
class FailureCase:
    """A server with a fault: its endpoint and the expected result of a scan.

    `loud` are all findings at warning or above, `quiet` are findings of level info, `failure` is
    the stage and the code of a failed probe.
    """

    endpoint: Endpoint
    loud: tuple[str, ...] = ()
    quiet: tuple[str, ...] = ()
    failure: tuple[Stage, str] | None = None
    clients: tuple[Profile, ...] = USUAL


def at(*behaviours: Behaviour, host: str = HOST, **rest: object) -> Endpoint:
    answers = dict(zip((FIRST, SECOND), behaviours, strict=False))
    return Endpoint(answers, host, **rest)  # type: ignore[arg-type]


def chain(*ders: bytes, host: str = HOST, key_owner: str = HOST) -> Endpoint:
    return at(tls(Serving(ders, key_owner)), host=host)


def own(*, key_owner: str | None = None, **extra: object) -> bytes:
    return make(HOST, "Inter", ca=False, hosts=(HOST,), held_by=key_owner, **extra)


def with_extension(extension: x509.ExtensionType, *, critical: bool = False) -> bytes:
    return own(extensions=((extension, critical),))


def with_sha1() -> bytes:
    """A leaf signed with SHA-1, as the libraries of today do not sign any more."""
    issuer = key("rsa2048 inter")
    assert isinstance(issuer, RSAPrivateKey)
    der = own(signed_by="rsa2048 inter")
    # sha256WithRSAEncryption becomes sha1WithRSAEncryption, in both places.
    der = der.replace(bytes.fromhex("2a864886f70d01010b"), bytes.fromhex("2a864886f70d010105"))
    signed = x509.load_der_x509_certificate(der).tbs_certificate_bytes
    return der[:-256] + issuer.sign(signed, padding.PKCS1v15(), hashes.SHA1())


async def leave(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    for byte in b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc" + b"\x03" * 1000:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.01)


def closed_to_new(name: str) -> tuple[Profile, ...]:
    reported = Programme("test", {}, {name: int((NOON + 95 * DAY).timestamp())})
    current, legacy = USUAL
    rules = replace(current.tolerances, programme=reported)
    return replace(current, tolerances=rules), legacy


MUST_STAPLE = x509.TLSFeature([x509.TLSFeatureType.status_request])
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.55555.1"), b"\x05\x00")
TIMESTAMP = bytes.fromhex("0433 0031 002f 00") + bytes(32 + 8 + 2) + bytes.fromhex("04030000")
STAMPED = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2"), TIMESTAMP)
MAIL = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
NARROW = x509.NameConstraints([x509.DNSName("other.example")], None)
RSA = "rsa2048 twin"
WILD = leaf("Inter", "*.shop.example")
OTHER = leaf("Inter", "other.example")
IDN = "räksmörgås.example"
SHORT_LIVED = leaf("Inter", starts=NOON - 80 * DAY, ends=NOON + 10 * DAY)
GOOD = tls(Serving((LEAF, INTER)))
EXPIRED = tls(Serving((leaf("Inter", ends=NOON - DAY), INTER)))

HEALTHY: Mapping[str, FailureCase] = {
    "healthy": FailureCase(chain(LEAF, INTER)),
    "healthy, with root": FailureCase(chain(LEAF, INTER, ROOT), quiet=("root_served",)),
    "healthy, with staple": FailureCase(at(tls(Serving((LEAF, INTER), staple=answer())))),
    "healthy, two nodes": FailureCase(at(GOOD, GOOD)),
    "healthy, each node its own": FailureCase(
        at(GOOD, tls(Serving((own(serial=7), INTER)))), quiet=("addresses_disagree",)
    ),
    "healthy, TLS 1.2": FailureCase(at(tls(Serving((LEAF, INTER), newest=SSL.TLS1_2_VERSION)))),
    "healthy, wildcard": FailureCase(
        chain(WILD, INTER, host="a.shop.example", key_owner="*.shop.example")
    ),
    "healthy, IDN": FailureCase(
        chain(
            leaf("Inter", "xn--rksmrgs-5wao1o.example"),
            INTER,
            host=IDN,
            key_owner="xn--rksmrgs-5wao1o.example",
        )
    ),
    "healthy, address": FailureCase(
        chain(leaf("Inter", FIRST), INTER, host=FIRST, key_owner=FIRST)
    ),
    "healthy, RSA twin": FailureCase(
        at(tls(Serving((LEAF, INTER), twin=(own(key_owner=RSA), RSA)))), quiet=("rsa_twin",)
    ),
    "healthy, other default": FailureCase(
        at(tls(Serving((LEAF, INTER), nameless=Serving((OTHER, INTER), "other.example")))),
        quiet=("no_name_differs",),
    ),
    "healthy, cross-signed": FailureCase(
        chain(LEAF, INTER, make("Root", "Old", ends=FAR_AHEAD)), clients=WITH_OLD
    ),
    "healthy, timestamps": FailureCase(
        chain(with_extension(STAMPED), INTER), quiet=("timestamps",)
    ),
}

BROKEN: Mapping[str, FailureCase] = {
    "leaf expired": FailureCase(at(EXPIRED), ("leaf_expired",)),
    "leaf not yet valid": FailureCase(
        chain(leaf("Inter", starts=NOON + DAY), INTER), ("leaf_not_yet_valid",)
    ),
    "leaf expires soon": FailureCase(chain(SHORT_LIVED, INTER), ("leaf_expires_soon",)),
    "intermediate expired": FailureCase(
        chain(LEAF, make("Inter", "Root", ends=NOON - DAY)), ("intermediate_expired",)
    ),
    "intermediate ends soon": FailureCase(
        chain(LEAF, make("Inter", "Root", ends=NOON + 9 * DAY)), ("intermediate_expires_soon",)
    ),
    "root ends soon": FailureCase(
        chain(leaf("Short"), key_owner=HOST),
        ("root_expires_soon",),
        clients=profiles(store(make("Short", ends=NOON + 150 * DAY))),
    ),
    "cross-sign ends soon": FailureCase(
        chain(LEAF, INTER, make("Root", "Old", ends=NOON + 20 * DAY)),
        ("cross_sign_expires_soon",),
        clients=WITH_OLD,
    ),
    "valid only past an expired cross-sign": FailureCase(
        chain(LEAF, INTER, make("Root", "Old", ends=NOON - DAY)),
        ("cross_sign_expired",),
        quiet=("past_expired_cross_sign",),
        clients=WITH_OLD,
    ),
    "cross-signing root expired": FailureCase(
        chain(LEAF, INTER, make("Root", "Old", ends=FAR_AHEAD)),
        ("root_expired",),
        clients=profiles(store(ROOT, make("Old", ends=NOON - DAY))),
    ),
    "missing intermediate": FailureCase(chain(LEAF), ("missing_intermediate",)),
    "wrong order": FailureCase(chain(leaf("Low"), INTER, make("Low", "Inter")), ("wrong_order",)),
    "unrelated certificate": FailureCase(
        chain(LEAF, INTER, make("Stranger", "Far")), quiet=("unrelated_certificate",)
    ),
    "duplicate certificate": FailureCase(
        chain(LEAF, INTER, INTER), quiet=("duplicate_certificate",)
    ),
    "self-signed": FailureCase(chain(make(HOST, ca=False, hosts=(HOST,))), ("self_signed",)),
    "private root": FailureCase(chain(leaf("Own"), make("Own")), ("root_untrusted",)),
    "unknown issuer": FailureCase(chain(leaf("Near"), make("Near", "Far")), ("issuer_unknown",)),
    "other name": FailureCase(chain(OTHER, INTER, key_owner="other.example"), ("host_mismatch",)),
    "wildcard too wide": FailureCase(
        chain(WILD, INTER, host="a.b.shop.example", key_owner="*.shop.example"),
        ("host_mismatch",),
    ),
    "IDN of another name": FailureCase(chain(LEAF, INTER, host=IDN), ("host_mismatch",)),
    "address not named": FailureCase(chain(LEAF, INTER, host=FIRST), ("host_mismatch",)),
    "common name alone": FailureCase(
        chain(make(HOST, "Inter", ca=False), INTER), ("no_host_name",)
    ),
    "SHA-1": FailureCase(
        chain(with_sha1(), make("Inter", "Root", held_by="rsa2048 inter", ends=FAR_AHEAD)),
        ("weak_signature",),
    ),
    "RSA of 1024 bits": FailureCase(
        chain(own(key_owner="rsa1024 a"), INTER, key_owner="rsa1024 a"), ("weak_key",)
    ),
    "valid too long": FailureCase(
        chain(leaf("Inter", starts=NOON - DAY, ends=NOON + 800 * DAY), INTER), ("valid_too_long",)
    ),
    "must-staple without staple": FailureCase(
        chain(with_extension(MUST_STAPLE), INTER), ("must_staple",)
    ),
    "revoked by staple": FailureCase(
        at(tls(Serving((LEAF, INTER), staple=answer(revoked=True)))), ("revoked",)
    ),
    "stale staple": FailureCase(
        at(tls(Serving((LEAF, INTER), staple=answer(days=-1)))), ("staple_expired",)
    ),
    "TLS 1.1 only": FailureCase(
        at(tls(Serving((LEAF, INTER), newest=SSL.TLS1_1_VERSION))), ("old_tls",)
    ),
    "RSA twin broken": FailureCase(
        at(tls(Serving((LEAF, INTER), twin=(own(key_owner=RSA, ends=NOON - DAY), RSA)))),
        ("rsa_twin_fails",),
    ),
    "RSA twin ends soon": FailureCase(
        at(tls(Serving((LEAF, INTER), twin=(own(key_owner=RSA, ends=NOON + 9 * DAY), RSA)))),
        ("rsa_twin_expires_soon",),
    ),
    "one node of two expired": FailureCase(
        at(GOOD, EXPIRED), ("leaf_expired", "addresses_disagree")
    ),
    "one node of two other names": FailureCase(
        at(GOOD, tls(Serving((leaf("Inter", HOST, "x.example"), INTER)))), ("addresses_disagree",)
    ),
    "one node of two without intermediate": FailureCase(
        at(GOOD, tls(Serving((LEAF,)))), ("missing_intermediate", "addresses_chains_disagree")
    ),
    "one node of two silent": FailureCase(
        Endpoint({FIRST: GOOD}, addresses=(FIRST, SECOND)), ("address_silent",)
    ),
    "IPv4 and IPv6 disagree": FailureCase(
        Endpoint({FIRST: GOOD, SIX: EXPIRED}), ("leaf_expired", "families_disagree")
    ),
    "root leaves its programme": FailureCase(
        chain(LEAF, INTER), ("distrust_ahead",), clients=closed_to_new("Root")
    ),
    "unknown critical extension": FailureCase(
        chain(with_extension(UNKNOWN, critical=True), INTER), ("unknown_extension",)
    ),
    "not meant for servers": FailureCase(chain(with_extension(MAIL), INTER), ("wrong_purpose",)),
    "issuer may not speak for the name": FailureCase(
        chain(LEAF, make("Inter", "Root", ends=FAR_AHEAD, extensions=((NARROW, True),))),
        ("name_not_permitted",),
    ),
    "200 certificates": FailureCase(
        chain(LEAF, *[INTER] * 199),
        ("too_many_certificates",),
        quiet=("duplicate_certificate",),
    ),
}

UNSEEN: Mapping[str, FailureCase] = {
    "certificate that is none": FailureCase(
        at(sending(flight(b"hello"))), failure=(Stage.HANDSHAKE, "malformed_certificate")
    ),
    "chain of no certificates": FailureCase(
        at(sending(flight())), failure=(Stage.HANDSHAKE, "handshake_failed")
    ),
    "STARTTLS refused": FailureCase(
        at(sending(b"N"), starttls="postgres"), failure=(Stage.STARTTLS, "refused")
    ),
    "no TLS but HTTP": FailureCase(
        at(sending(b"HTTP/1.1 400 Bad Request\r\n\r\n")), failure=(Stage.HANDSHAKE, "not_tls")
    ),
    "garbage in records": FailureCase(
        at(sending(b"\x16\x03\x03\x00\x20" + b"\xff" * 32)),
        failure=(Stage.HANDSHAKE, "handshake_failed"),
    ),
    "alert": FailureCase(
        at(sending(b"\x15\x03\x03\x00\x02\x02\x28")),
        failure=(Stage.HANDSHAKE, "alert_handshake_failure"),
    ),
    "closes at once": FailureCase(at(leave), failure=(Stage.HANDSHAKE, "closed")),
    "never speaks": FailureCase(at(hold, hasty=True), failure=(Stage.TIMEOUT, "timed_out")),
    "stalls at every byte": FailureCase(at(drip, hasty=True), failure=(Stage.TIMEOUT, "timed_out")),
    "asks to negotiate anew for ever": FailureCase(
        at(sending(b"\x16\x03\x03\x00\x04\x00\x00\x00\x00" * 50), hasty=True),
        failure=(Stage.TIMEOUT, "timed_out"),
    ),
    "nobody listens": FailureCase(
        Endpoint(addresses=(FIRST,)), failure=(Stage.CONNECT, "connection_refused")
    ),
    "private address": FailureCase(
        Endpoint(addresses=("10.0.0.1",)), failure=(Stage.REFUSED, "private_address")
    ),
    "no such name": FailureCase(Endpoint(host="a b"), failure=(Stage.DNS, "no_such_host")),
}

ALL: Mapping[str, FailureCase] = MappingProxyType({**HEALTHY, **BROKEN, **UNSEEN})
