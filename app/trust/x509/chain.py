"""Chains: the certificates in the order served."""

import base64
import binascii
import html
import quopri
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from cryptography import x509

from app.domain.certificates.findings import CertificateFacts
from app.trust.errors import ChainError
from app.trust.x509.certificate import Certificate, parse
from app.trust.x509.der import children

__all__ = ["MAX_CERTIFICATES", "Chain", "pem_blocks", "read_certificates", "read_chain", "read_pem"]

# OpenSSL ends a path at a depth of 100; a longer chain is not served on purpose.
MAX_CERTIFICATES = 100

_NO_BASE64 = re.compile(rb"\\+[rn]|>")
# Headers before the base64, which OpenSSL passes over (RFC 1421 section 4.4).
_HEADERS = re.compile(r"\A\s*(?:[A-Za-z0-9-]+:[^\n]*\n(?:[ \t][^\n]*\n)*)+\s*\n")
# At the end of the base64 an equals sign is its padding.
_QUOTED_PRINTABLE = re.compile(r"=\r?\n(?=[A-Za-z0-9])|=3D")
# What web pages, programs and mails put around the lines of a block: tags, spaces without a width,
# quotes, signs that join strings, marks of lists and comments, dashes escaped by OpenPGP.
_AROUND_LINES = re.compile(
    r"<[^>]*>|\\+[rn]|[\u00a0\u200b-\u200f\ufeff\"'#;,`|*>]|(?<=[\s\"'])\+(?=\s)"
    r"|^- |(?<=\s)-\s*\Z",
    re.MULTILINE,
)
# Marks that count only where every line has one: those of differences, and numbers of lines.
_MARKS = (re.compile(r"\s*\+"), re.compile(r"\s*\d+(?:[ \t:]+|$)"))
# The three labels that OpenSSL reads as a certificate. Text around a block is ignored.
_BEGIN = re.compile(rb"-----BEGIN (?P<label>(?:TRUSTED |X509 )?CERTIFICATE)-----")
_DASHES = b"-----"
_TRUSTED = b"TRUSTED CERTIFICATE"
_DER_SEQUENCE = 0x30
# Content types of PKCS #7 (RFC 2315 section 14): data, in which a PFX begins, and signed data.
_DATA = bytes.fromhex("06092a864886f70d010701")
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
# An identifier of a PFX or a PKCS #7 file is within its first bytes.
_HEAD = 40
_LABEL = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40})-----")
# What files without a certificate are, by their first bytes or by a line in them.
_ADVICE = (
    (_BEGIN, "A certificate block begins but does not end; was the file cut short?"),
    (
        re.compile(rb"PRIVATE KEY-----"),
        "The file holds a private key and no certificate; give the chain file instead.",
    ),
    (
        re.compile(rb"-----BEGIN (PKCS ?#?7|CMS)"),
        "The file is PKCS #7; convert it with `openssl pkcs7 -print_certs` first.",
    ),
    (
        re.compile(rb"\A(\xff\xfe\0\0|\0\0\xfe\xff)"),
        "The file is UTF-32 text; save it as ASCII or UTF-8 first.",
    ),
    (
        re.compile(rb"\A(\xff\xfe|\xfe\xff)|-\0-\0B\0E\0G\0I\0N"),
        "The file is UTF-16 text; save it as ASCII or UTF-8 first.",
    ),
    (
        re.compile(rb"-----BEGIN (NEW )?CERTIFICATE REQUEST"),
        "The file is a request for a certificate; give the certificate that was issued.",
    ),
    (
        re.compile(rb"\A\xfe\xed\xfe\xed"),
        "The file is a Java key store; export it with `keytool -exportcert -rfc` first.",
    ),
    (
        re.compile(rb"\A(\x1f\x8b|BZh|\xfd7zXZ\0|\x28\xb5\x2f\xfd)"),
        "The file is compressed (gzip, bzip2, xz or zstd); unpack it first.",
    ),
    (re.compile(rb"\APK\x03\x04"), "The file is a ZIP archive; unpack it first."),
    (
        re.compile(rb"(?i)begin certificate"),
        "The line -----BEGIN CERTIFICATE----- needs capitals, and five hyphens on each side.",
    ),
    (
        re.compile(rb"\A\s*Certificate:\s+Data:"),
        "The file is what `openssl x509 -text` prints; give the certificate itself.",
    ),
    (
        re.compile(rb"(?i)\A\s*<(!doctype|html|\?xml)"),
        "The file is a web page or XML; give the certificate itself.",
    ),
    (
        re.compile(rb"\A((sk-)?(ssh|ecdsa)-[a-z0-9@.-]+ |---- BEGIN SSH2)"),
        "The file is a public key or a certificate of SSH; give the certificate of the server.",
    ),
    (
        # -----BEGIN CERTIFICATE in base64, at the beginning of a value.
        re.compile(rb"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS"),
        "The file has blocks in base64, like a Kubernetes secret; use `base64 -d` on it first.",
    ),
    (
        # A DER structure begins with a SEQUENCE whose length takes two bytes.
        re.compile(rb"\A\s*30[:\s]?82[0-9A-Fa-f:\s]{100,}\Z"),
        "The file is hexadecimal; turn it into bytes with `xxd -r -p` first.",
    ),
    (
        # A DER structure begins with M in base64, and a PEM file with L.
        re.compile(rb"\A\s*[ML][A-Za-z0-9+/\s]{100,}={0,2}\s*\Z"),
        "The file is base64 without a -----BEGIN line; decode it with `base64 -d` first.",
    ),
    (
        # A DER structure of 256 bytes and more, in a JSON Web Key or in metadata of SAML.
        re.compile(rb"[\">:\s]MI[IJ][A-Za-z0-9+/]{100}"),
        "The file has base64 without -----BEGIN lines; put these around each certificate first.",
    ),
    (
        re.compile(rb"\A\s*(https?://)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(:\d+)?/?\s*\Z"),
        "The file holds the name of a host; `fyr probe` gets the certificates of a server.",
    ),
)
_CUT_SHORT = _ADVICE[0][1]


@dataclass(frozen=True, slots=True)
class Chain:
    """Parsed certificates in the order served, the leaf first.

    At most MAX_CERTIFICATES are kept; `left_out` counts those beyond. `known` are certificates that
    were not served but that the client has or fetches.
    """

    certificates: tuple[Certificate, ...] = ()
    left_out: int = 0
    known: tuple[Certificate, ...] = ()

    @property
    def leaf(self) -> Certificate | None:
        """The first certificate, which must be the server's own (RFC 8446 section 4.4.2)."""
        return self.certificates[0] if self.certificates else None

    @property
    def facts(self) -> tuple[CertificateFacts, ...]:
        return tuple(certificate.facts for certificate in self.certificates)


def read_chain(ders: Iterable[bytes]) -> Chain:
    """Parse the chain of these DER certificates. Never raises: see `parse`."""
    served = tuple(ders)
    certificates = tuple(parse(der) for der in islice(served, MAX_CERTIFICATES))
    return Chain(certificates, max(0, len(served) - MAX_CERTIFICATES))


def read_pem(data: bytes) -> Chain:
    """Parse the chain in a file; see `read_certificates`."""
    return read_chain(read_certificates(data))


def read_certificates(data: bytes) -> tuple[bytes, ...]:
    """Return the certificates (DER) in a PEM file (RFC 7468), or in a file that has them in DER.

    A block that holds no certificate becomes a malformed one. Raises ChainError when there is no
    block, with what was found instead, and when a block does not end.
    """
    blocks = pem_blocks(data)
    if blocks:
        if sum(1 for _ in _BEGIN.finditer(data)) > len(blocks):
            raise ChainError(_CUT_SHORT)
        return blocks
    if ders := _der_certificates(data):
        return ders
    raise ChainError(_advice(data))


def _der_certificates(data: bytes) -> tuple[bytes, ...]:
    """Return the certificates of a file of certificates in DER one after another; () for others.

    Line breaks at the end of the file, which editors add, are passed over.
    """
    if data[:1] != bytes([_DER_SEQUENCE]):
        return ()
    for end in (data, data.rstrip(b"\r\n")):
        try:
            found = tuple(one.encoded for one in islice(children(end), MAX_CERTIFICATES + 1))
        except ValueError:
            continue
        if found and not any(parse(one).malformed for one in found):
            return found
    return () if parse(data).malformed else (data,)


def pem_blocks(data: bytes) -> tuple[bytes, ...]:
    """Return the DER bytes of each certificate block; the text itself if its base64 is invalid."""
    return tuple(_certificate(label, body) for label, body in _labelled_bodies(data))


def _labelled_bodies(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The label and the body of each block: what is between its first line and the next dashes,
    which have to be those of its last line.

    It takes time and memory in proportion to the data, whatever they are.
    """
    start = 0
    while begin := _BEGIN.search(data, start):
        last_line = b"-----END %b-----" % begin["label"]
        end = data.find(_DASHES, begin.end())
        if end >= 0 and data.startswith(last_line, end):
            yield begin["label"], data[begin.end() : end]
            start = end + len(last_line)
        else:
            start = begin.start() + 1


def _certificate(label: bytes, body: bytes) -> bytes:
    der = _decode(body)
    if label != _TRUSTED:
        return der
    # OpenSSL appends its trust settings to the certificate (X509_CERT_AUX).
    try:
        first, *_ = children(der)
    except ValueError:
        return der
    return first.encoded


def _decode(body: bytes) -> bytes:
    # JSON and environment files write a line break as \n or \\n, and mails quote lines by `>`.
    plain = _base64(_NO_BASE64.sub(b" ", body))
    if plain and plain[0] == _DER_SEQUENCE:
        return plain
    other = _base64(_undressed(body.decode("utf-8", "replace")).encode("ascii", "replace"))
    if other and other[0] == _DER_SEQUENCE:
        return other
    return body if plain is None else plain


def _undressed(body: str) -> str:
    """Return the lines of a block without what was put around them on their way: headers, HTML,
    quoted-printable, and marks of programs, lists, comments and differences.
    """
    body = html.unescape(_HEADERS.sub("", body))
    if _QUOTED_PRINTABLE.search(body):
        body = quopri.decodestring(body.encode()).decode("utf-8", "replace")
    lines = [line for line in body.splitlines() if line.strip()]
    for mark in _MARKS:
        if lines and all(mark.match(line) for line in lines):
            lines = [mark.sub("", line, count=1) for line in lines]
    return _AROUND_LINES.sub(" ", "\n".join(lines))


def _base64(text: bytes) -> bytes | None:
    try:
        return base64.b64decode(b"".join(text.split()), validate=True)
    except binascii.Error:
        return None


def _advice(data: bytes) -> str:
    if not data.strip():
        return "The file is empty; give the server's certificates in PEM form, its own first."
    for pattern, advice in _ADVICE:
        if pattern.search(data):
            return advice
    if data[:1] == bytes([_DER_SEQUENCE]):
        return _der_advice(data)
    if label := _LABEL.search(data):
        return f"The file holds a {label[1].decode()} and no certificate; give the chain file."
    return "There is no certificate in the file; expected blocks of -----BEGIN CERTIFICATE-----."


def _der_advice(data: bytes) -> str:
    head = data[:_HEAD]
    if _SIGNED_DATA in head:
        return (
            "The file is PKCS #7; convert it with `openssl pkcs7 -inform DER -print_certs` first."
        )
    if _DATA in head:
        return "The file is PKCS #12 (PFX); export it with `openssl pkcs12 -nokeys` first."
    if _is_request(data):
        return "The file is a request for a certificate; give the certificate that was issued."
    return "The file is DER, but no certificate; expected blocks of -----BEGIN CERTIFICATE-----."


def _is_request(data: bytes) -> bool:
    # The bytes come from outside, and the parser raises nearly any exception.
    try:
        x509.load_der_x509_csr(data)
    except Exception:  # noqa: BLE001
        return False
    return True
