import base64
import bz2
import gzip
import html
import lzma
import quopri
from collections.abc import Callable
from time import perf_counter

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption
from cryptography.hazmat.primitives.serialization.pkcs7 import serialize_certificates
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509 import load_der_x509_certificate
from hypothesis import given
from hypothesis import strategies as st

from app.trust.clients.stores import store_from_pem
from app.trust.errors import ChainError, StoreError
from app.trust.x509.certificate import parse
from app.trust.x509.chain import read_chain, read_pem
from tests.trust.authorities import key, leaf, make, name
from tests.trust.real import CASES, needs


def pem(der: bytes, label: str = "CERTIFICATE") -> bytes:
    body = base64.encodebytes(der).decode()
    return f"-----BEGIN {label}-----\n{body}-----END {label}-----\n".encode()


def _pkcs7(encoding: Encoding) -> bytes:
    return serialize_certificates([load_der_x509_certificate(make("Root"))], encoding)


def _pfx() -> bytes:
    return serialize_key_and_certificates(
        None, None, None, [load_der_x509_certificate(make("Root"))], NoEncryption()
    )


def test_certificates_keep_the_order_they_were_served_in() -> None:
    ders = [leaf("Inter"), make("Inter", "Root"), make("Root")]
    chain = read_pem(b"notes\n" + b"text between\n".join(pem(der) for der in ders))
    assert [one.der for one in chain.certificates] == ders
    assert [facts.name for facts in chain.facts] == ["shop.example", "Inter", "Root"]


def test_a_certificate_shows_its_facts() -> None:
    facts = parse(make("Inter", "Root", serial=255)).facts
    assert (facts.subject, facts.issuer, facts.serial) == ("CN=Inter", "CN=Root", "ff")
    assert len(facts.fingerprint) == 64
    assert facts.not_before is not None
    assert facts.not_before.tzinfo is not None


@pytest.mark.parametrize("label", ["TRUSTED CERTIFICATE", "X509 CERTIFICATE"])
def test_other_labels_of_openssl_are_read(label: str) -> None:
    assert len(read_pem(pem(leaf("CA"), label)).certificates) == 1


def test_a_trusted_certificate_is_read_like_the_plain_one() -> None:
    # OpenSSL appends its trust settings (X509_CERT_AUX): here, trusted for TLS servers.
    settings = bytes.fromhex("300c300a06082b06010505070301")
    for label in ("TRUSTED CERTIFICATE", "CERTIFICATE"):
        read = read_pem(pem(leaf("Inter") + settings, label)).certificates[0]
        assert read.malformed is (label == "CERTIFICATE")
    trusted = pem(make("Root") + settings, "TRUSTED CERTIFICATE")
    assert [one.der for one in store_from_pem("roots", trusted).anchors] == [make("Root")]


@needs(CASES)
def test_the_reported_trusted_certificate_is_read() -> None:
    read = read_pem((CASES / "certificates" / "trusted.pem").read_bytes()).certificates[0]
    assert read.extensions.dns_names


def test_a_file_of_roots_that_holds_none_says_what_it_is() -> None:
    with pytest.raises(StoreError, match=r"roots\.p12 holds no root certificate: .*PKCS #12"):
        store_from_pem("roots.p12", _pfx())
    assert store_from_pem("root.der", make("Root")).anchors[0].der == make("Root")


def test_a_der_file_is_read_too() -> None:
    assert read_pem(leaf("CA")).certificates[0].facts.name == "shop.example"


@pytest.mark.parametrize("rubbish", [b"", b"\x30", b"\x30\x82\xff\xff", b"hello", b"\x00" * 1000])
def test_what_is_no_certificate_stays_in_its_place_as_malformed(rubbish: bytes) -> None:
    chain = read_chain([leaf("CA"), rubbish, make("CA")])
    assert [one.malformed for one in chain.certificates] == [False, True, False]


def test_bad_base64_is_malformed_in_its_place() -> None:
    broken = b"-----BEGIN CERTIFICATE-----\nnot*base64\n-----END CERTIFICATE-----\n"
    chain = read_pem(pem(leaf("CA")) + broken)
    assert [one.malformed for one in chain.certificates] == [False, True]


def test_line_breaks_written_as_in_json_are_read() -> None:
    text = pem(make("Root"))
    assert read_pem(text.replace(b"\n", rb"\n")) == read_pem(text)
    assert read_pem(text.replace(b"\n", rb"\r\n")) == read_pem(text)
    assert read_pem(text.replace(b"\n", rb"\\n")) == read_pem(text)


def test_lines_quoted_as_in_a_mail_are_read() -> None:
    text = pem(make("Root"))
    assert read_pem(b"> " + text.replace(b"\n", b"\n> ")) == read_pem(text)


@pytest.mark.parametrize(
    "dressed",
    [
        lambda text: html.escape(text).replace("+", "&#43;").replace("=", "&#61;"),
        lambda text: text.replace("\n", "<br>\n"),
        lambda text: text.replace("\n", "\u00a0\n"),
        lambda text: text.replace("\n", "\u200b\n"),
        lambda text: quopri.encodestring(text.encode()).decode(),
        lambda text: "\n".join(f'"{line}\\n" +' for line in text.splitlines()),
        lambda text: "\n".join(f"+{line}" for line in text.splitlines()),
        lambda text: "\n".join(f"# {line}" for line in text.splitlines()),
        lambda text: "\n".join(f"{n:3} {line}" for n, line in enumerate(text.splitlines())),
        lambda text: text.replace("--\n", "--\nX-Key: value\n\n", 1),
        lambda text: text.replace("-----BEGIN", "- -----BEGIN").replace("-----END", "- -----END"),
        lambda text: "\ufeff    " + text,
    ],
)
def test_blocks_are_read_as_they_arrive_from_pages_mails_and_programs(
    dressed: Callable[[str], str],
) -> None:
    text = pem(leaf("Root")) + pem(make("Root"))
    assert read_pem(dressed(text.decode()).encode()) == read_pem(text)


def test_a_block_that_does_not_end_is_not_passed_over() -> None:
    cut = pem(leaf("CA")) + pem(make("CA"))[:-40]
    with pytest.raises(ChainError, match="cut short"):
        read_pem(cut)


def test_certificates_in_der_one_after_another_are_read() -> None:
    ders = (leaf("CA"), make("CA"))
    assert read_pem(b"".join(ders)) == read_chain(ders)
    assert read_pem(make("CA") + b"\r\n") == read_chain(ders[1:])


def _request() -> bytes:
    builder = x509.CertificateSigningRequestBuilder().subject_name(name("Root"))
    return builder.sign(key("Root"), hashes.SHA256()).public_bytes(Encoding.DER)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "empty"),
        (b"hello", "no certificate"),
        (b"https://shop.example:443/", "fyr probe"),
        (b"ssh-ed25519-cert-v01@openssh.com AAAA", "SSH"),
        (b"tls.crt: " + base64.b64encode(pem(make("Root"))), "Kubernetes"),
        (b'{"x5c": ["' + base64.b64encode(make("Root")) + b'"]}', "put these around"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "private key"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA", "cut short"),
        (b"-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----", "PKCS #7"),
        (b"-----BEGIN CMS-----\nAAAA\n-----END CMS-----", "PKCS #7"),
        (b"\x30\x03\x02\x01\x01", "no certificate"),
        (pem(make("Root")).decode().encode("utf-16"), "UTF-16"),
        (pem(make("Root")).decode().encode("utf-16-le"), "UTF-16"),
        (pem(make("Root")).decode().encode("utf-16-be"), "UTF-16"),
        (b"-----BEGIN TRUSTED CERTIFICATE-----\nAAAA", "cut short"),
        (pem(b"", "CERTIFICATE REQUEST"), "request"),
        (_pkcs7(Encoding.DER), "PKCS #7"),
        (_pkcs7(Encoding.PEM), "PKCS #7"),
        (_pfx(), "PKCS #12"),
        (base64.b64encode(make("Root")), "base64"),
        (base64.encodebytes(pem(make("Root"))), "base64"),
        (gzip.compress(pem(make("Root"))), "gzip"),
        (bz2.compress(pem(make("Root"))), "bzip2"),
        (lzma.compress(pem(make("Root"))), "xz"),
        (pem(make("Root")).decode().encode("utf-32"), "UTF-32"),
        (pem(make("Root")).decode().replace("--", "—").encode(), "five hyphens"),
        (pem(make("Root")).lower(), "capitals"),
        (b"Certificate:\n    Data:\n        Version: 3 (0x2)", "-text"),
        (b"<!DOCTYPE html>\n<html>", "web page"),
        (b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 ada@example", "SSH"),
        (make("Root").hex(":").encode(), "hexadecimal"),
        (_request(), "request"),
        (b"PK\x03\x04\x14", "ZIP"),
        (bytes.fromhex("feedfeed00000002"), "Java"),
        (pem(b"", "X509 CRL"), "X509 CRL"),
        (pem(b"", "PUBLIC KEY"), "PUBLIC KEY"),
    ],
)
def test_a_file_without_certificates_says_what_it_is(data: bytes, expected: str) -> None:
    with pytest.raises(ChainError, match=expected):
        read_pem(data)


def test_no_more_than_a_hundred_certificates_are_looked_at() -> None:
    chain = read_chain([leaf("CA")] * 200)
    assert len(chain.certificates) == 100
    assert chain.left_out == 100


def test_a_certificate_of_a_megabyte_is_read_quickly() -> None:
    hosts = tuple(f"host-{number}.{'x' * 50}.example" for number in range(16_000))
    der = make("big", "CA", ca=False, hosts=hosts)
    began = perf_counter()
    assert len(der) > 1_000_000
    assert len(parse(der).extensions.dns_names) == 16_000
    assert perf_counter() - began < 2


def test_a_very_long_name_is_cut_for_its_readers() -> None:
    # X.520 allows a common name 64 characters; strangers need not care.
    hosts = (".".join(["x" * 60] * 4),)
    assert len(parse(make("x" * 60, "CA", hosts=hosts)).facts.subject) < 301


@given(st.binary(max_size=200))
def test_bytes_that_are_no_certificate_are_malformed(data: bytes) -> None:
    assert parse(data).der == data


@given(st.integers(0, 400), st.binary(min_size=1, max_size=4))
def test_parsing_never_raises_for_a_mangled_certificate(position: int, patch: bytes) -> None:
    der = leaf("CA")
    mangled = der[:position] + patch + der[position + len(patch) :]
    assert parse(mangled).der == mangled
