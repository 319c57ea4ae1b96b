"""STARTTLS, TLS from the start, and signing in, with aiosmtpd and a server that cheats."""

import asyncio
import datetime
import ipaddress
import socket
import ssl
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.net.mail.relay import Relay
from app.net.mail.transport import MailTransport
from app.ports.channel import FailureScope, Mail, SendError
from tests.net.mail.pipelining import send_pipelined

MAIL = Mail("delivery1", "status@example.com", "vera@example.net", b"Subject: a\r\n\r\nb\r\n")
PASSWORD = "pässword"


@dataclass
class Inbox:
    """Handler of aiosmtpd: the mails, and whether they came through TLS."""

    mails: list[tuple[str, bytes]]

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert session.ssl is not None or not server.require_starttls
        assert isinstance(envelope.content, bytes)
        self.mails.append((envelope.rcpt_tos[0], envelope.content))
        return "250 OK"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1 and mail.example.net, which signs itself, and its key."""
    folder = tmp_path_factory.mktemp("certificate")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.example.net")])
    now = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    names = [x509.DNSName("mail.example.net"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file, key_file = folder / "certificate.pem", folder / "key.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file, key_file


def signed_in(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:  # noqa: ANN401
    assert isinstance(data, LoginPassword)
    is_known = data.password == PASSWORD.encode()
    return AuthResult(success=is_known, handled=False)


@contextmanager
def relay(
    certificate: tuple[Path, Path],
    *,
    is_tls: bool = False,
    **options: Any,  # noqa: ANN401
) -> Iterator[tuple[Relay, Inbox]]:
    """A relay that demands TLS and a password."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    inbox = Inbox([])
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    how: dict[str, Any] = {"ssl_context": context, "auth_require_tls": False}
    if not is_tls:
        how = {"tls_context": context, "require_starttls": True}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # aiosmtpd deprecates its own attributes
        controller = Controller(
            inbox, "127.0.0.1", port, authenticator=signed_in, auth_required=True, **how, **options
        )
        controller.start()
        try:
            yield (
                Relay("127.0.0.1", port, is_tls, not is_tls, "fyr", PASSWORD, certificate[0]),
                inbox,
            )
        finally:
            controller.stop()


def send(relay: Relay, mail: Mail = MAIL) -> str | SendError:
    async def sent() -> str | SendError:
        async with MailTransport(relay).open() as connection:
            try:
                return await connection.send(mail)
            except SendError as error:
                return error

    return asyncio.run(sent())


@pytest.mark.parametrize("is_tls", [False, True])
def test_a_mail_goes_through_tls_with_a_password(
    certificate: tuple[Path, Path],
    is_tls: bool,  # noqa: FBT001
) -> None:
    with relay(certificate, is_tls=is_tls) as (there, inbox):
        assert send(there) == "250 OK"
        utf8 = replace(MAIL, recipient="räka@example.net", needs_utf8=True)
        assert send(there, utf8) == "250 OK" or is_tls
        assert inbox.mails[0] == ("vera@example.net", MAIL.content)


def test_mails_go_through_tls_without_waiting(certificate: tuple[Path, Path]) -> None:
    large = replace(MAIL, content=(b"a" * 70 + b"\r\n") * 5_000)
    with relay(certificate, is_tls=True) as (there, inbox):
        mails = [MAIL, large, MAIL]
        assert asyncio.run(send_pipelined(MailTransport(there), mails)) == ["250 OK"] * 3
        assert [content for _, content in inbox.mails] == [each.content for each in mails]


def test_an_untrusted_certificate_sends_nothing_in_clear(certificate: tuple[Path, Path]) -> None:
    with relay(certificate) as (there, inbox):
        found = send(replace(there, ca_file=None))
        assert isinstance(found, SendError)
        assert (found.code, found.scope) == ("tls_failed", FailureScope.LANE)
        assert "self-signed certificate" in found.detail
        assert inbox.mails == []


def test_a_certificate_for_another_name_sends_nothing(certificate: tuple[Path, Path]) -> None:
    with relay(certificate) as (there, inbox):
        found = send(replace(there, host="localhost"))
        assert isinstance(found, SendError)
        assert (found.code, found.scope) == ("tls_failed", FailureScope.LANE)
        assert inbox.mails == []


def test_a_wrong_password_is_a_failure_of_the_lane_and_stands_nowhere(
    certificate: tuple[Path, Path],
) -> None:
    with relay(certificate) as (there, inbox):
        found = send(replace(there, password="hunter2"))
        assert isinstance(found, SendError)
        assert (found.code, found.scope) == ("authentication_failed", FailureScope.LANE)
        assert "hunter2" not in f"{found!r} {found} {there!r}"
        assert inbox.mails == []


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        # The relay, or somebody in between, offers no encryption.
        (("250-cheat\r\n250 PIPELINING\r\n",), "starttls_missing"),
        (("250-cheat\r\n250 STARTTLS\r\n", "454 4.7.0 not now\r\n"), "smtp_454"),
        # Commands that are injected before the encryption begins (CVE-2011-0411).
        (("250-cheat\r\n250 STARTTLS\r\n", "220 go\r\n250 forged\r\n"), "tls_failed"),
    ],
)
def test_without_encryption_no_password_and_no_mail_is_sent(
    lines: tuple[str, ...], code: str
) -> None:
    received = bytearray()

    def cheat(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            connection.sendall(b"220 cheat\r\n")
            for line in lines:
                received.extend(connection.recv(1000))
                connection.sendall(line.encode())
            while data := connection.recv(1000):
                received.extend(data)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=cheat, args=(server,))
        thread.start()
        port = server.getsockname()[1]
        found = send(Relay("127.0.0.1", port, False, True, "fyr", "hunter2"))  # noqa: FBT003
        thread.join()
    assert isinstance(found, SendError)
    assert (found.code, found.scope) == (code, FailureScope.LANE)
    assert b"AUTH" not in received
    assert b"MAIL" not in received
