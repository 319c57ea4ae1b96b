"""Certificates that nobody should make are read, judged and reported without an exception."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from app.domain.certificates.findings import Examination, Reason
from app.trust.clients.profiles import shipped_profiles
from app.trust.horizons import horizons
from app.trust.judge import examine
from app.trust.x509.certificate import parse
from tests.trust.authorities import HOST, NOON, chain, key, make, store
from tests.trust.client_profiles import client

ROOT, INTER = make("Root"), make("Inter", "Root")
CURRENT = client(store(ROOT))
YEAR_9999 = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def sequence(tag: int, content: bytes) -> bytes:
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    short = len(content) < 0x80
    return bytes([tag]) + (length if short else bytes([0x80 | len(length)]) + length) + content


def patched(der: bytes, old: bytes, new: bytes, *, signed_by: str = "Inter") -> bytes:
    """The certificate with some bytes replaced by as many others, and signed again."""
    assert len(old) == len(new)
    signed = x509.load_der_x509_certificate(der).tbs_certificate_bytes
    assert old in signed
    changed = signed.replace(old, new)
    secret = key(signed_by)
    assert isinstance(secret, ec.EllipticCurvePrivateKey)
    signature = secret.sign(changed, ec.ECDSA(hashes.SHA256()))
    algorithm = bytes.fromhex("300a06082a8648ce3d040302")
    return sequence(0x30, changed + algorithm + sequence(0x03, b"\x00" + signature))


def own(*hosts: str, **extra: object) -> bytes:
    return make(HOST, "Inter", ca=False, hosts=hosts or (HOST,), **extra)


def seen(*ders: bytes, host: str = HOST) -> Examination:
    return examine(chain(*ders), host=host, at=NOON, profiles=[CURRENT])


def unknown(last: int) -> tuple[x509.ExtensionType, bool]:
    oid = x509.ObjectIdentifier(f"1.3.6.1.4.1.55555.{last}")
    return x509.UnrecognizedExtension(oid, b"\x05\x00"), False


NEGATIVE = patched(own(), bytes.fromhex("a003020102020101"), bytes.fromhex("a0030201020201ff"))
TWICE = patched(
    own(extensions=(unknown(1), unknown(2))),
    bytes.fromhex("2b0601040183b20302"),
    bytes.fromhex("2b0601040183b20301"),
)
NUL = patched(own("shop.example.evil.example"), b"shop.example.evil", b"shop.example\x00evil")


def test_a_negative_serial_number_is_no_obstacle() -> None:
    reported = seen(NEGATIVE, INTER)
    assert reported.chain[0].serial == "-1"
    assert reported.verdicts[0].ok


def test_extensions_that_are_there_twice_make_a_leaf_unreadable() -> None:
    reported = seen(TWICE, INTER)
    assert reported.verdicts[0].reason is Reason.MALFORMED
    assert [one.code for one in reported.findings] == ["finding.unreadable_extensions"]


def test_a_name_with_a_nul_inside_is_not_cut_there() -> None:
    assert seen(NUL, INTER).verdicts[0].reason in {Reason.HOST_MISMATCH, Reason.MALFORMED}


def test_a_common_name_with_a_nul_inside_names_no_host() -> None:
    der = make("shop.example\x00.evil.example", "Inter", ca=False)
    assert seen(der, INTER).verdicts[0].reason is Reason.HOST_MISMATCH


@pytest.mark.parametrize("starts", [NOON, datetime(1950, 1, 1, tzinfo=UTC)])
def test_a_validity_until_the_year_9999_never_ends(starts: datetime) -> None:
    for at in (NOON, YEAR_9999 - timedelta(seconds=1), YEAR_9999):
        roots = store(make("Root", ends=YEAR_9999))
        served = chain(own(starts=starts, ends=YEAR_9999), make("Inter", "Root", ends=YEAR_9999))
        profiles = [client(roots), *shipped_profiles().values()]
        reported = examine(served, host=HOST, at=at, profiles=profiles)
        assert (reported.verdicts[0].ok, reported.verdicts[0].until) == (True, None)
        horizons(served, host=HOST, at=at, profiles=profiles)


def test_issuers_that_issue_one_another_lead_nowhere() -> None:
    first, second = make("A", "B"), make("B", "A")
    served = (make(HOST, "A", ca=False, hosts=(HOST,)), first, second, first)
    assert seen(*served).verdicts[0].reason is Reason.ISSUER_UNKNOWN


@pytest.mark.parametrize(
    "damage", [b"", b"\x30", b"\x30\x80", b"\x30\x84\xff\xff\xff\xff", b"\x00"]
)
def test_wrong_asn_1_is_malformed_wherever_it_stands(damage: bytes) -> None:
    assert parse(damage).malformed
    assert seen(damage, INTER).verdicts[0].reason is Reason.MALFORMED
    assert seen(own(), damage, INTER).verdicts[0].ok
