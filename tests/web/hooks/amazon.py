"""A certificate authority and a topic like those of Amazon SNS, with keys made on the spot."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from app.net.errors import AddressRefusedError
from tests.web.hooks.samples import SIGNED_AT

__all__ = ["CERTIFICATE_URL", "TOPIC", "Amazon", "Authority"]

TOPIC = "arn:aws:sns:eu-west-1:123456789012:alarms"
CERTIFICATE_URL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a1b2c.pem"
_ISSUER_URL = "http://crt.r2m01.amazontrust.com/r2m01.cer"
_VALID = timedelta(days=100)


@cache
def _key(name: str) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
    if name == "leaf":
        return rsa.generate_private_key(65537, 2048)
    return ec.generate_private_key(ec.SECP256R1())


@dataclass
class Authority:
    """A root and an intermediate, whose names are free, and the leaves they issue."""

    name: str = "Amazon Root CA 1"
    signing_key: rsa.RSAPrivateKey = field(default_factory=lambda: _key("leaf"))  # type: ignore[assignment]

    @property
    def root(self) -> x509.Certificate:
        return self._issue(self.name, self.name, is_ca=True)

    @property
    def intermediate(self) -> x509.Certificate:
        return self._issue(f"{self.name} M01", self.name, is_ca=True)

    def leaf(
        self,
        *hosts: str,
        issuer_url: str = _ISSUER_URL,
        starts: datetime = SIGNED_AT - _VALID,
        ends: datetime = SIGNED_AT + _VALID,
    ) -> x509.Certificate:
        return self._issue(
            hosts[0],
            f"{self.name} M01",
            hosts=hosts,
            issuer_url=issuer_url,
            starts=starts,
            ends=ends,
        )

    def _issue(
        self,
        subject: str,
        issuer: str,
        *,
        is_ca: bool = False,
        hosts: Sequence[str] = (),
        issuer_url: str = "",
        starts: datetime = SIGNED_AT - _VALID,
        ends: datetime = SIGNED_AT + _VALID,
    ) -> x509.Certificate:
        own = self.signing_key if hosts else _key(subject)
        signer = _key(issuer)
        usage = dict.fromkeys(
            (
                *("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
                *("encipher_only", "decipher_only"),
            ),
            False,
        )
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(subject))
            .issuer_name(_name(issuer))
            .public_key(own.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(starts)
            .not_valid_after(ends)
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
                critical=False,
            )
            .add_extension(
                x509.KeyUsage(digital_signature=True, key_cert_sign=is_ca, crl_sign=is_ca, **usage),
                critical=True,
            )
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False
            )
        )
        if hosts:
            names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
            builder = builder.add_extension(names, critical=False)
        if issuer_url:
            access = x509.AccessDescription(
                AuthorityInformationAccessOID.CA_ISSUERS,
                x509.UniformResourceIdentifier(issuer_url),
            )
            builder = builder.add_extension(
                x509.AuthorityInformationAccess([access]), critical=False
            )
        return builder.sign(signer, hashes.SHA256())


@dataclass
class Amazon:
    """Serves the certificates of an authority by URL, and signs messages. `asked` has the URLs."""

    authority: Authority = field(default_factory=Authority)
    hosts: Sequence[str] = ("sns.amazonaws.com",)
    pages: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def roots(self) -> Sequence[x509.Certificate]:
        return [self.authority.root]

    def serve(self, leaf: x509.Certificate, url: str = CERTIFICATE_URL) -> None:
        """Serve `leaf` alone, as Amazon does, and its issuer where the leaf says it is."""
        self.pages[url] = leaf.public_bytes(Encoding.PEM)
        self.pages[_ISSUER_URL] = self.authority.intermediate.public_bytes(Encoding.DER)

    async def __call__(self, url: str) -> bytes:
        self.asked.append(url)
        if url not in self.pages:
            raise AddressRefusedError("private_address", "away")
        return self.pages[url]

    def message(
        self,
        alarm: object,
        *,
        topic: str = TOPIC,
        url: str = CERTIFICATE_URL,
        version: str = "2",
    ) -> bytes:
        """A signed notification about `alarm`, as SNS sends it."""
        message = {
            "Type": "Notification",
            "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
            "TopicArn": topic,
            "Message": json.dumps(alarm),
            "Timestamp": "2026-11-26T12:00:00.000Z",
            "SignatureVersion": version,
            "SigningCertURL": url,
        }
        names = ("Message", "MessageId", "Timestamp", "TopicArn", "Type")
        signed = "".join(f"{name}\n{message[name]}\n" for name in names).encode()
        algorithm = hashes.SHA1() if version == "1" else hashes.SHA256()  # as SNS does
        signature = self.authority.signing_key.sign(signed, PKCS1v15(), algorithm)
        return json.dumps({**message, "Signature": base64.b64encode(signature).decode()}).encode()


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
