"""A certificate that the library refuses as a whole is judged by what each client makes of it.

The verdicts were measured with Chromium 156, OpenSSL 3.0.19 and OpenJDK 17.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.domain.certificates.findings import Level, Reason
from app.trust.clients.profiles import shipped_profiles
from app.trust.judge import examine
from app.trust.x509.certificate import parse
from app.trust.x509.der import (
    BIT_STRING,
    GENERALIZED_TIME,
    OBJECT_IDENTIFIER,
    SEQUENCE,
    SET,
    UTF8_STRING,
    children,
    encode,
    read_one,
    to_der,
)
from tests.trust.authorities import HOST, NOON, chain, key, leaf, make, store

ROOT = make("Root", ends=NOON + timedelta(days=3000))
VERSION, SERIAL, ALGORITHM, ISSUER, VALIDITY, SUBJECT, KEY, EXTENSIONS = range(8)
_TBS, _SIGNED_WITH, _SIGNATURE = children(read_one(leaf("Root"), SEQUENCE).content)
FIELDS = [field.encoded for field in children(_TBS.content)]
NUMBERS = key(HOST).public_key()
assert isinstance(NUMBERS, ec.EllipticCurvePublicKey)


def signed(tbs: bytes, algorithm: bytes = _SIGNED_WITH.encoded) -> bytes:
    """The certificate of these bytes with a signature by Root."""
    secret = key("Root")
    assert isinstance(secret, ec.EllipticCurvePrivateKey)
    signature = encode(BIT_STRING, b"\0" + secret.sign(tbs, ec.ECDSA(hashes.SHA256())))
    return encode(SEQUENCE, tbs + algorithm + signature)


def changed(*changes: tuple[int, bytes]) -> bytes:
    """A server's certificate with some of its fields replaced; an empty one is left out."""
    fields = list(FIELDS)
    for place, field in changes:
        fields[place] = field
    return signed(encode(SEQUENCE, b"".join(fields)))


def attribute(value: bytes, tag: int = UTF8_STRING, last: int = 3) -> bytes:
    oid = encode(OBJECT_IDENTIFIER, bytes([0x55, 4, last]))
    return encode(SEQUENCE, oid + encode(tag, value))


def subject(*attributes: bytes) -> bytes:
    """A server's certificate whose subject is one set of these attributes."""
    return changed((SUBJECT, encode(SEQUENCE, encode(SET, b"".join(attributes)))))


def null_parameters() -> bytes:
    algorithm = encode(SEQUENCE, read_one(_SIGNED_WITH.encoded, SEQUENCE).content + b"\x05\x00")
    fields = [*FIELDS[:ALGORITHM], algorithm, *FIELDS[ALGORITHM + 1 :]]
    return signed(encode(SEQUENCE, b"".join(fields)), algorithm)


def year_zero() -> bytes:
    _, ends = children(read_one(FIELDS[VALIDITY], SEQUENCE).content)
    starts = encode(GENERALIZED_TIME, b"00000101000000Z")
    return changed((VALIDITY, encode(SEQUENCE, starts + ends.encoded)))


def in_ber(content: bytes) -> bytes:
    """A sequence with one byte more of length than it needs."""
    return bytes([SEQUENCE, 0x83]) + len(content).to_bytes(3, "big") + content


def extensions_in_ber() -> bytes:
    found = read_one(read_one(FIELDS[EXTENSIONS], 0xA3).content, SEQUENCE)
    return changed((EXTENSIONS, encode(0xA3, in_ber(found.content))))


def true_as_one() -> bytes:
    return changed(
        (EXTENSIONS, FIELDS[EXTENSIONS].replace(b"\x01\x01\xff\x04", b"\x01\x01\x01\x04"))
    )


def endless() -> bytes:
    content = read_one(leaf("Root"), SEQUENCE).content
    return bytes([SEQUENCE, 0x80]) + content + b"\0\0"


def version(number: int, *, extended: bool = True) -> bytes:
    field = encode(0xA0, bytes([2, 1, number])) if number else b""
    return changed((VERSION, field), *([] if extended else [(EXTENSIONS, b"")]))


def no_subject() -> bytes:
    """A server's certificate without a subject, whose names are not critical."""
    return changed((SUBJECT, encode(SEQUENCE, b"")))


def point(form: PublicFormat | str) -> bytes:
    algorithm, _ = children(read_one(FIELDS[KEY], SEQUENCE).content)
    assert isinstance(NUMBERS, ec.EllipticCurvePublicKey)
    if isinstance(form, PublicFormat):
        encoded = NUMBERS.public_bytes(Encoding.X962, form)
    else:
        whole = NUMBERS.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        encoded = (
            bytes([6 + (whole[-1] & 1)]) + whole[1:] if form == "hybrid" else b"\4" + b"x" * 64
        )
    bits = encode(BIT_STRING, b"\0" + encoded)
    return changed((KEY, encode(SEQUENCE, algorithm.encoded + bits)))


OK, READ, RULE = Reason.OK, Reason.MALFORMED, Reason.NOT_CONFORMING
# What current browsers, OpenSSL 3 and Java make of it.
CASES: dict[str, tuple[Callable[[], bytes], tuple[Reason, Reason, Reason]]] = {
    "a T61String with an umlaut": (lambda: subject(attribute(b"Sh\xf6p", 0x14)), (OK, OK, OK)),
    "a set in another order": (
        lambda: subject(attribute(b"b", last=10), attribute(b"a", last=3)),
        (OK, OK, OK),
    ),
    "one value twice in a set": (lambda: subject(attribute(b"a"), attribute(b"a")), (OK, OK, OK)),
    "the year 0": (year_zero, (OK, OK, OK)),
    "an indefinite length around it": (endless, (OK, OK, OK)),
    "an IA5String with an umlaut": (
        lambda: subject(attribute(b"Sh\xf6p", 0x16)),
        (READ, OK, OK),
    ),
    "a name that is a sequence": (
        lambda: subject(attribute(b"\x02\x01\x05", SEQUENCE)),
        (READ, OK, OK),
    ),
    "ECDSA with NULL": (null_parameters, (READ, OK, OK)),
    "extensions of a long length": (extensions_in_ber, (READ, OK, OK)),
    "critical TRUE as 1": (true_as_one, (READ, OK, OK)),
    "a NumericString": (lambda: subject(attribute(b"12", 0x12)), (RULE, OK, OK)),
    "a VisibleString": (lambda: subject(attribute(b"Shop", 0x1A)), (RULE, RULE, OK)),
    "half a surrogate pair": (lambda: subject(attribute(b"\xd8\x3d", 0x1E)), (READ, READ, READ)),
    "version 1 with extensions": (lambda: version(0), (RULE, OK, RULE)),
    "version 2 with extensions": (lambda: version(1), (RULE, OK, RULE)),
    "version 4": (lambda: version(3), (RULE, OK, RULE)),
    "version 2 without a name": (
        lambda: version(1, extended=False),
        (Reason.HOST_MISMATCH, OK, OK),
    ),
    "no subject beside names that are not critical": (
        no_subject,
        (RULE, OK, RULE),
    ),
    "a hybrid point": (lambda: point("hybrid"), (RULE, OK, RULE)),
    "a compressed point": (lambda: point(PublicFormat.CompressedPoint), (OK, OK, RULE)),
    "a point that is not on the curve": (
        lambda: point("none"),
        (Reason.SIGNATURE_UNVERIFIABLE,) * 3,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_an_odd_encoding_stops_only_the_clients_that_refuse_it(case: str) -> None:
    make_it, reasons = CASES[case]
    der = make_it()
    for identity, reason in zip(("current", "openssl-3", "java"), reasons, strict=True):
        profile = replace(shipped_profiles()[identity], store=store(ROOT))
        examination = examine(chain(der), host=HOST, at=NOON, profiles=[profile])
        assert examination.verdicts[0].reason is reason, identity
        if reason is Reason.OK and der != leaf("Root") and case != "a compressed point":
            # A warning where browsers refuse it, and no judged client stands for them.
            levels = {one.level for one in examination.findings}
            assert levels <= {Level.INFO, Level.WARNING}
            refused = reasons[0] in {RULE, Reason.HOST_MISMATCH}
            assert (Level.WARNING in levels) is (refused or "sequence" in case)


def test_what_the_library_refuses_is_read_with_its_names_and_dates() -> None:
    read = parse(subject(attribute(b"Sh\xf6p", 0x14)))
    assert (read.facts.name, read.odd, read.not_der) == ("Shöp", True, False)
    assert read.extensions.dns_names == (HOST,)
    assert parse(year_zero()).facts.not_before == datetime(1, 1, 1, tzinfo=UTC)


def test_ber_is_read_as_der_and_endless_nesting_is_refused() -> None:
    parts = bytes.fromhex("24800401610402626300000101010c0161")
    assert to_der(parts).hex() == "04036162630101ff0c0161"
    with pytest.raises(ValueError, match="deeply"):
        to_der(b"\x30\x80" * 1000)
    for cut in (b"\x30\x80\x02\x01\x05", b"\x30", b"\x02\x05\x01"):
        with pytest.raises(ValueError, match=r"cut off|no end"):
            to_der(cut)
