"""Keys of leaves and authorities: curves, permitted use, and restrictions on signatures."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from app.domain.certificates.findings import Level, Reason, Verdict
from app.trust.clients.profiles import shipped_profiles
from app.trust.clients.stores import store_from_pem
from app.trust.judge import examine, judge
from app.trust.x509.certificate import parse
from app.trust.x509.chain import read_pem
from app.trust.x509.der import BIT_STRING, SEQUENCE, children, encode, read_one
from app.trust.x509.public_keys import PssParameters, key_facts, pss_parameters
from tests.trust.authorities import HOST, NOON, chain, key, make, name, store
from tests.trust.real import CASES, needs

ROOT = make("Root")
LEAF_USAGES = (
    "digital_signature",
    "key_encipherment",
    "key_agreement",
    "key_cert_sign",
    "data_encipherment",
)


def usage(bit: str) -> x509.KeyUsage:
    more = ("content_commitment", "crl_sign", "encipher_only", "decipher_only")
    return x509.KeyUsage(**{one: one == bit for one in (*LEAF_USAGES, *more)})


def judged(der: bytes, profile: str, *above: bytes, root: bytes = ROOT) -> Verdict:
    own = shipped_profiles()[profile]
    tolerances = replace(own.tolerances, programme=None)
    own = replace(own, store=store(root), tolerances=tolerances)
    return judge(chain(der, *above), host=HOST, at=NOON, profile=own)


def with_key(public: ec.EllipticCurvePublicKey, *, authority: bool = False) -> bytes:
    names = x509.SubjectAlternativeName([x509.DNSName(HOST)])
    return (
        x509.CertificateBuilder()
        .subject_name(name("Inter" if authority else HOST))
        .issuer_name(name("Root"))
        .public_key(public)
        .serial_number(1)
        .not_valid_before(NOON - timedelta(days=1))
        .not_valid_after(NOON + timedelta(days=60))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(names, critical=False)
        .sign(key("Root"), hashes.SHA256())
        .public_bytes(Encoding.DER)
    )


@pytest.mark.parametrize("bit", LEAF_USAGES)
@pytest.mark.parametrize(
    ("profile", "accepted"),
    [
        ("current", {"digital_signature"}),
        ("java", {"digital_signature"}),
        ("openssl-3", {"digital_signature", "key_encipherment", "key_agreement"}),
        ("openssl-0.9.8", set(LEAF_USAGES)),
    ],
)
def test_a_leaf_that_may_not_sign_is_refused_by_browsers(
    profile: str, accepted: set[str], bit: str
) -> None:
    der = make(HOST, "Root", ca=False, hosts=(HOST,), extensions=((usage(bit), True),))
    reason = Reason.OK if bit in accepted else Reason.WRONG_PURPOSE
    assert judged(der, profile).reason is reason


@pytest.mark.parametrize(
    ("curve", "refused"),
    [
        (ec.SECP256R1(), set()),
        (ec.SECP384R1(), set()),
        (ec.SECP521R1(), {"current"}),
        (ec.SECP256K1(), {"current", "java", "openssl-3"}),
        (ec.BrainpoolP256R1(), {"current", "java", "openssl-3"}),
        (ec.SECP192R1(), {"current", "java", "openssl-3"}),
    ],
)
def test_curves_are_part_of_a_profile(curve: ec.EllipticCurve, refused: set[str]) -> None:
    der = with_key(ec.generate_private_key(curve).public_key())
    for profile in ("current", "java", "openssl-3", "android-8"):
        reason = Reason.UNSUPPORTED_KEY if profile in refused else Reason.OK
        assert judged(der, profile).reason is reason


def findings(der: bytes, *profiles: str) -> set[str]:
    shipped = shipped_profiles()
    own = [replace(shipped[profile], store=store(ROOT)) for profile in profiles]
    examination = examine(chain(der), host=HOST, at=NOON, profiles=own)
    assert all(verdict.ok for verdict in examination.verdicts)
    found = [one for one in examination.findings if one.code.startswith("finding.browser_")]
    assert all(one.level is Level.WARNING for one in found)
    return {one.code for one in found}


def test_a_key_that_browsers_refuse_is_reported_where_no_profile_stands_for_them() -> None:
    for curve in (ec.SECP521R1(), ec.SECP256K1(), ec.BrainpoolP384R1()):
        der = with_key(ec.generate_private_key(curve).public_key())
        assert findings(der, "windows") == {"finding.browser_key"}
    encrypts = ((usage("key_encipherment"), True),)
    der = make(HOST, "Root", ca=False, hosts=(HOST,), extensions=encrypts)
    assert findings(der, "openssl-3") == {"finding.browser_key_usage"}
    for der in (
        with_key(ec.generate_private_key(ec.SECP384R1()).public_key()),
        make(HOST, "Root", ca=False, hosts=(HOST,), extensions=((usage(LEAF_USAGES[0]), True),)),
    ):
        assert findings(der, "openssl-3", "current") == findings(der, "openssl-3") == set()


def test_a_chain_made_of_keys_that_browsers_refuse_was_not_made_for_them() -> None:
    own = ec.generate_private_key(ec.SECP256K1())
    inter = with_key(own.public_key(), authority=True)
    names = x509.SubjectAlternativeName([x509.DNSName(HOST)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(HOST))
        .issuer_name(name("Inter"))
        .serial_number(1)
        .not_valid_before(NOON - timedelta(days=1))
        .not_valid_after(NOON + timedelta(days=60))
        .add_extension(names, critical=False)
    )
    profile = replace(shipped_profiles()["windows"], store=store(ROOT))
    for public, levels in (
        (own.public_key(), [Level.INFO]),
        (key(HOST).public_key(), [Level.WARNING]),
    ):
        der = builder.public_key(public).sign(own, hashes.SHA256()).public_bytes(Encoding.DER)
        examination = examine(chain(der, inter), host=HOST, at=NOON, profiles=[profile])
        assert examination.verdicts[0].ok
        found = [one for one in examination.findings if one.code == "finding.browser_key"]
        assert [one.level for one in found] == levels


def test_an_authority_on_p_521_is_accepted_where_a_leaf_is_not() -> None:
    own = ec.generate_private_key(ec.SECP521R1())
    inter = with_key(own.public_key(), authority=True)
    der = (
        x509.CertificateBuilder()
        .subject_name(name(HOST))
        .issuer_name(name("Inter"))
        .public_key(key(HOST).public_key())
        .serial_number(1)
        .not_valid_before(NOON - timedelta(days=1))
        .not_valid_after(NOON + timedelta(days=60))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(own, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )
    assert judged(der, "current", inter).ok


PSS_OID = bytes.fromhex("06092a864886f70d01010a")


def algorithm(digest: bytes, salt: int) -> bytes:
    """RSASSA-PSS with these parameters, the hash given as the last byte of its identifier."""
    hashed = encode(
        SEQUENCE, bytes.fromhex("0609608648016503040200")[:-1] + digest + bytes.fromhex("0500")
    )
    mask = encode(SEQUENCE, bytes.fromhex("06092a864886f70d010108") + hashed)
    length = encode(0xA2, encode(0x02, bytes([salt])))
    return encode(
        SEQUENCE, PSS_OID + encode(SEQUENCE, encode(0xA0, hashed) + encode(0xA1, mask) + length)
    )


SHA256, SHA384 = b"\x01", b"\x02"


def pss_root(restricted: bytes) -> bytes:
    """A root with an RSASSA-PSS key of this algorithm; its signature on itself does not count."""
    der = make("Root", held_by="rsa2048 pss")
    tbs, outer, signature = children(read_one(der, SEQUENCE).content)
    parts = list(children(tbs.content))
    body = b""
    for part in parts:
        inner = list(children(part.content)) if part.tag == SEQUENCE else []
        if len(inner) == 2 and inner[1].tag == BIT_STRING:
            body += encode(SEQUENCE, restricted + inner[1].encoded)
        else:
            body += part.encoded
    return encode(SEQUENCE, encode(SEQUENCE, body) + outer.encoded + signature.encoded)


@pytest.mark.parametrize(
    ("restricted", "digest", "salt", "good"),
    [
        (algorithm(SHA256, 32), hashes.SHA256(), 32, True),
        (algorithm(SHA256, 32), hashes.SHA256(), 40, True),
        (algorithm(SHA256, 32), hashes.SHA256(), 20, False),
        (algorithm(SHA384, 32), hashes.SHA256(), 32, False),
        (algorithm(SHA256, 32), hashes.SHA256(), None, False),
        (encode(SEQUENCE, PSS_OID), hashes.SHA256(), 20, True),
        (encode(SEQUENCE, PSS_OID), hashes.SHA256(), None, False),
    ],
)
def test_an_rsassa_pss_key_makes_only_the_signatures_that_it_allows(
    restricted: bytes, digest: hashes.SHA256, salt: int | None, *, good: bool
) -> None:
    signer = key("rsa2048 pss")
    assert isinstance(signer, rsa.RSAPrivateKey)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(HOST))
        .issuer_name(name("Root"))
        .public_key(key(HOST).public_key())
        .serial_number(1)
        .not_valid_before(NOON - timedelta(days=1))
        .not_valid_after(NOON + timedelta(days=60))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
    )
    scheme = padding.PKCS1v15() if salt is None else padding.PSS(padding.MGF1(digest), salt)
    der = builder.sign(signer, digest, rsa_padding=scheme).public_bytes(Encoding.DER)
    root = pss_root(restricted)
    assert parse(root).key_facts.kind == "rsa-pss"
    for profile in ("openssl-3", "windows"):
        assert judged(der, profile, root=root).ok is good
    assert judged(der, "current", root=root).ok is False


def test_key_facts_of_any_bytes_are_read_without_an_error() -> None:
    parsed = parse(ROOT).parsed
    assert parsed is not None
    for cut in range(0, len(ROOT), 7):
        assert key_facts(parsed, ROOT[:cut]).kind in {"ec", "other"}
        assert pss_parameters(ROOT[:cut]) is None
    assert not PssParameters("sha256", "sha256", 32).allow(None)


@needs(CASES)
@pytest.mark.parametrize(
    ("file", "roots", "reason"),
    [
        ("ku-encipher.pem", "key-usage-root.pem", Reason.WRONG_PURPOSE),
        ("p521.pem", "curves-root.pem", Reason.UNSUPPORTED_KEY),
        ("explicitec.pem", "curves-root.pem", Reason.UNSUPPORTED_KEY),
    ],
)
def test_the_reported_keys_are_refused_by_a_browser(file: str, roots: str, reason: Reason) -> None:
    folder = CASES / "certificates"
    trusted = store_from_pem("roots", (folder / roots).read_bytes())
    examination = examine(
        read_pem((folder / file).read_bytes()),
        host="shop.example.com",
        at=datetime(2026, 12, 1, tzinfo=UTC),
        profiles=[replace(shipped_profiles()["current"], store=trusted)],
    )
    assert examination.verdicts[0].reason is reason
    assert f"finding.{reason}" in {one.code for one in examination.findings}


@needs(CASES)
@pytest.mark.parametrize(
    "case", ["chain_smaller_salt_in_sig_fail", "invalid_chain_with_wrong_hash"]
)
def test_the_reported_chains_of_restricted_keys_are_refused(case: str) -> None:
    folder = CASES / "gnutls-chains" / "c4-pss-key-restrictions"
    trusted = store_from_pem("roots", (folder / f"rsa_pss_{case}.roots.pem").read_bytes())
    served = read_pem((folder / f"rsa_pss_{case}.pem").read_bytes())
    at = max(one.facts.not_before for one in served.certificates if one.facts.not_before)
    for profile in shipped_profiles().values():
        own = replace(profile, store=trusted)
        verdict = judge(served, host="localhost", at=at + timedelta(days=1), profile=own)
        assert verdict.reason in {
            Reason.BAD_SIGNATURE,
            Reason.UNSUPPORTED_KEY,
            Reason.ISSUER_UNKNOWN,
        }


def with_unknown_key(der: bytes, signer: str) -> bytes:
    """The certificate with a key of an algorithm that nobody knows, signed anew."""
    tbs, algorithm, _ = children(read_one(der, SEQUENCE).content)
    # The identifier of EC keys (RFC 5480 section 2.1.1), with another last arc.
    body = tbs.encoded.replace(b"\x2a\x86\x48\xce\x3d\x02\x01", b"\x2a\x86\x48\xce\x3d\x02\x63")
    own = key(signer)
    assert isinstance(own, ec.EllipticCurvePrivateKey)
    signature = encode(BIT_STRING, b"\0" + own.sign(body, ec.ECDSA(hashes.SHA256())))
    return encode(SEQUENCE, body + algorithm.encoded + signature)


# Python 3.13 refuses these certificates for their lack of key identifiers.
@pytest.mark.parametrize("profile", shipped_profiles().keys() - {"python-3.13"})
def test_a_key_that_cannot_be_read_here_cannot_be_checked_in_any_profile(profile: str) -> None:
    unknown = with_unknown_key(make(HOST, "Root", ca=False, hosts=(HOST,)), "Root")
    assert key_facts(parse(unknown).parsed, unknown).kind == "other"  # type: ignore[arg-type]
    assert judged(unknown, profile).reason is Reason.SIGNATURE_UNVERIFIABLE
    authority = with_unknown_key(make("Inter", "Root"), "Root")
    leaf = make(HOST, "Inter", ca=False, hosts=(HOST,))
    assert judged(leaf, profile, authority).reason is Reason.SIGNATURE_UNVERIFIABLE
