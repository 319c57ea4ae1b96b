"""SMTP session over smtplib, with pipelining (RFC 2920) and bounded replies.

Its methods block and are called in a thread.

smtplib connects, negotiates and authenticates; the commands of a mail leave in one packet where the
relay offers PIPELINING, which halves the round trips. ADR 19 has the measurements.
"""

import base64
import re
import smtplib
import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from app.net.addresses import Address
from app.net.mail.relay import Relay
from app.ports.channel import FailureScope, Mail, SendError

__all__ = ["Reply", "SmtpSession", "Timeouts", "reply_error", "wire_content"]

# RFC 5321 section 4.5.3.1.5 allows 512 octets. An EHLO reply of a large provider has 15 lines.
_MOST_LINES, _LONGEST_LINE = 100, 8192
_MOST_DETAIL = 300
_AT_ONCE = 65_536
# Seconds that a wait may last longer than its time-out.
_TOLERANCE = 0.5
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_STATUS = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})\b")
# First digits of the replies to MAIL, RCPT and DATA of a mail that is not refused.
_SUCCESSES = (2, 2, 3)
_DATA = b"DATA\r\n"
_ENVELOPE_ADDRESS = re.compile(r"[^\x00-\x20\x7f<>\ud800-\udfff]+@[A-Za-z0-9.-]+")
# RFC 3463: of 5.1.x these concern the sender, not the recipient.
_BAD_SENDER = {"5.1.7", "5.1.8"}
# Codes of RFC 5321 for a mailbox that does not exist, where no status of RFC 3463 says more.
_NO_MAILBOX = {550, 551, 553}


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait for a connection, for a reply, for that to the final dot, and for QUIT.

    RFC 5321 section 4.5.3.2.6 demands ten minutes after the final dot: a client that gives up
    earlier sends a mail again that the relay has accepted.
    """

    connect: float = 15.0
    command: float = 60.0
    data: float = 600.0
    quit: float = 3.0


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply of the relay: its code and the texts of its lines."""

    code: int
    lines: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The text in one line."""
        return _tamed(" ".join(self.lines))

    @property
    def is_success(self) -> bool:
        """Whether the code is 2xx."""
        return self.code // 100 == 2

    @property
    def summary(self) -> str:
        """Code and text, at most 200 characters."""
        return f"{self.code} {self.text}"[:200]

    @property
    def status(self) -> str | None:
        """The enhanced status code (RFC 3463), such as 5.1.1."""
        match = _STATUS.match(self.text)
        return match[0] if match else None


def reply_error(reply: Reply, mail: Mail | None, *, before_recipient: bool = False) -> SendError:
    """The failure that a refusal means.

    Before RCPT, and with 421, the relay is in trouble and not the recipient.
    """
    detail = reply.text if mail is None else _without_address(reply.text, mail.recipient)
    code = f"smtp_{reply.code}"
    # 552 at MAIL: this mail is too large (RFC 1870 section 6.1).
    is_of_relay = reply.code == 421 or (before_recipient and reply.code != 552)
    if is_of_relay:
        return SendError(code, _tamed(detail), scope=FailureScope.LANE)
    return SendError(code, detail, is_permanent=500 <= reply.code < 600, is_gone=_is_gone(reply))


def _is_gone(reply: Reply) -> bool:
    """Whether the mailbox does not exist: status 5.1.x or 5.0.0, or without any, 550 and such."""
    if not 500 <= reply.code < 600:
        return False
    status = reply.status
    if status is None:
        return reply.code in _NO_MAILBOX
    return (status.startswith("5.1.") and status not in _BAD_SENDER) or status == "5.0.0"


def _without_address(text: str, address: str) -> str:
    """The text without the address of the recipient, which staff may not all see."""
    return re.sub(re.escape(address), "…", text, flags=re.IGNORECASE)


class SmtpSession(smtplib.SMTP):
    """One connection to the relay. Use it in one thread; `abort` may be called from any."""

    def __init__(
        self,
        relay: Relay,
        addresses: Sequence[Address],
        context: ssl.SSLContext,
        timeouts: Timeouts,
        *,
        name: str,
    ) -> None:
        """`name` introduces this machine in EHLO."""
        super().__init__(local_hostname=name)
        self._relay = relay
        self._addresses = addresses
        self._context = context
        self._timeouts = timeouts
        self._unread = bytearray()
        self._is_aborted = False
        self.sent = 0

    @property
    def is_open(self) -> bool:
        """Whether the next mail can be sent."""
        return self.sock is not None

    def open(self) -> None:
        """Connect, negotiate TLS and authenticate. Raises SendError."""
        try:
            with self.failures("connection_failed"):
                self.sock = self._connect()
                if self._is_aborted:
                    raise smtplib.SMTPServerDisconnected("aborted")
                if self._relay.is_tls:
                    self._wrap()
                self._expect(self._reply(), 220)
                self._greet()
                if self._relay.needs_starttls:
                    self._start_tls()
                if self._relay.user:
                    self._authenticate()
        except SendError:
            self.close()
            raise

    def deliver(self, mail: Mail) -> str:
        """Return the reply with which the relay accepted the mail.

        Raises SendError. After a refusal the session can be used again.
        """
        options = self._options(mail)
        self.sent += 1
        is_pipelined = self.has_extn("pipelining")
        with self.failures("disconnected"):
            self._socket.settimeout(self._timeouts.command)
            commands = _mail_command(mail, options)
            if is_pipelined:
                commands += _rcpt_command(mail) + _DATA
            self.send(commands)
            accepted = self._reply()
        # From RCPT on a failure concerns the recipient: an address at which the relay ends the
        # connection must not hold up all others.
        with self.failures("disconnected", FailureScope.RECIPIENT):
            if is_pipelined:
                self._end_pipelined(mail, accepted)
            else:
                self._end(mail, accepted)
        # The relay may have accepted a mail without confirming it.
        with self.failures("no_reply_after_data", FailureScope.RECIPIENT):
            self._socket.settimeout(self._timeouts.data)
            self.send(wire_content(mail))
            reply = self._reply(self._timeouts.data)
            if not reply.is_success:
                raise self.refused(reply, mail)
        return reply.summary

    def envelope(self, mail: Mail) -> Sequence[tuple[str, bytes]]:
        """Return the commands that announce a mail, by their verbs.

        Raises SendError if the relay cannot take it.
        """
        options = self._options(mail)
        self.sent += 1
        return (
            ("MAIL", _mail_command(mail, options)),
            ("RCPT", _rcpt_command(mail)),
            ("DATA", _DATA),
        )

    def leave(self) -> None:
        """Say QUIT and close."""
        with suppress(SendError, smtplib.SMTPException, OSError):
            if self.sock is not None:
                self._socket.settimeout(self._timeouts.quit)
                self.putcmd("quit")
                self._reply(self._timeouts.quit)
        self.close()

    def abort(self) -> None:
        """End the connection; a thread that waits for the relay goes on at once."""
        self._is_aborted = True
        found = self.sock
        if found is not None:
            with suppress(OSError):
                # Not SSLSocket.shutdown, which takes away the TLS object that the thread uses.
                socket.socket.shutdown(found, socket.SHUT_RDWR)

    def getreply(self) -> tuple[int, bytes]:
        """Return a reply as smtplib's own methods expect it."""
        reply = self._reply()
        return reply.code, "\n".join(reply.lines).encode("latin-1", errors="replace")

    def unblocked(self) -> socket.socket:
        """Return the socket, whose calls do not wait from now on."""
        found = self._socket
        if found.gettimeout() != 0.0:
            found.settimeout(0.0)
        return found

    def patience(self, *, after_data: bool) -> float:
        """Return the seconds to wait for a reply, which is that to the final dot or not."""
        return self._timeouts.data if after_data else self._timeouts.command

    @property
    def _socket(self) -> socket.socket:
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("the connection is closed")
        return self.sock

    # -- connection ---------------------------------------------------------------

    def _connect(self) -> socket.socket:
        failure: OSError = OSError("no address")
        for address in self._addresses:
            try:
                return socket.create_connection(
                    (str(address), self._relay.port), timeout=self._timeouts.connect
                )
            except OSError as error:
                failure = error
        raise failure

    def _wrap(self) -> None:
        try:
            self._socket.settimeout(self._timeouts.command)
            self.sock = self._context.wrap_socket(self._socket, server_hostname=self._relay.host)
        except (ssl.SSLError, ssl.CertificateError) as error:
            detail = getattr(error, "verify_message", "") or error.reason or "TLS handshake failed"
            raise _lane_error("tls_failed", detail) from error

    def _greet(self) -> None:
        code, text = self.ehlo()
        if code // 100 != 2:
            # RFC 5321 section 3.2: a relay without extensions.
            code, text = self.helo()
            self._expect(Reply(code, (text.decode("latin-1"),)), 250)

    def _start_tls(self) -> None:
        if not self.has_extn("starttls"):
            raise _lane_error("starttls_missing", "the relay does not offer STARTTLS")
        self.putcmd("STARTTLS")
        self._expect(self._reply(), 220)
        if self._unread:
            # Somebody in between appends commands before the encryption begins (CVE-2011-0411).
            raise _lane_error("tls_failed", "data after the reply to STARTTLS")
        self._wrap()
        self.ehlo_resp = None
        self.esmtp_features = {}
        self._greet()

    def _authenticate(self) -> None:
        mechanisms = self.esmtp_features.get("auth", "").upper().split()
        try:
            if "PLAIN" in mechanisms:
                # RFC 4616 wants UTF-8, which smtplib cannot send.
                secret = f"\0{self._relay.user}\0{self._relay.password}".encode()
                self.putcmd("AUTH", f"PLAIN {base64.b64encode(secret).decode()}")
                self._expect(self._reply(), 235)
            else:
                self.login(self._relay.user, self._relay.password)
        except SendError as error:
            if error.code in {"bad_reply", "smtp_421"}:
                raise
            raise _lane_error("authentication_failed", error.detail or error.code) from None
        except smtplib.SMTPAuthenticationError as error:
            detail = str(error.smtp_error)
            raise _lane_error("authentication_failed", detail) from None
        except (smtplib.SMTPNotSupportedError, UnicodeError):
            detail = "the relay offers no way to sign in that these credentials allow"
            raise _lane_error("authentication_failed", detail) from None

    # -- mail ---------------------------------------------------------------------

    def _options(self, mail: Mail) -> str:
        addresses = (mail.sender, mail.recipient)
        is_ascii = all(each.isascii() for each in addresses)
        if not all(map(_ENVELOPE_ADDRESS.fullmatch, addresses)) or not (
            is_ascii or mail.needs_utf8
        ):
            raise SendError("bad_address", "not an address", is_permanent=True)
        options = f" SIZE={len(mail.content)}" if self.has_extn("size") else ""
        if not mail.needs_utf8:
            return options
        if not self.has_extn("smtputf8"):
            detail = "the relay cannot send to addresses beyond ASCII"
            raise SendError("smtputf8_unsupported", detail, is_permanent=True)
        return f"{options} BODY=8BITMIME SMTPUTF8"

    def _end_pipelined(self, mail: Mail, accepted: Reply) -> None:
        """Read the replies to RCPT and DATA, which have left with MAIL."""
        replies = [accepted]
        try:
            for _ in ("RCPT", "DATA"):
                replies.append(self._reply())
        except (SendError, smtplib.SMTPException, OSError):
            # A relay may close the connection after a refusal, which says more than the end.
            self.close()
            self._after_refusal(replies, mail)
            raise
        self._after_refusal(replies, mail)

    def _after_refusal(self, replies: Sequence[Reply], mail: Mail) -> None:
        """Raise SendError if one of the replies to MAIL, RCPT and DATA is a refusal."""
        refusal = self.refusal(replies, mail)
        if refusal is not None:
            self.settle(replies)
            raise refusal

    def refusal(self, replies: Sequence[Reply], mail: Mail) -> SendError | None:
        """Return what the first refusal among the replies to MAIL, RCPT and DATA means.

        After 421, the session is closed.
        """
        for reply, success in zip(replies, _SUCCESSES, strict=False):
            if reply.code // 100 != success:
                if reply.code == 421:
                    self.close()
                return reply_error(reply, mail, before_recipient=reply is replies[0])
        return None

    def settle(self, replies: Sequence[Reply]) -> None:
        """Make the session ready for the next mail, after a refusal among these replies."""
        if not self.is_open:
            return
        try:
            self._socket.settimeout(self._timeouts.command)
            if len(replies) == len(_SUCCESSES) and replies[-1].code == 354:
                # RFC 2920 section 3.1: no recipient is left, and the relay waits for a message.
                self.send(b".\r\n")
                self._reply()
            self.putcmd("rset")
            self._expect(self._reply(), 250)
        except (SendError, smtplib.SMTPException, OSError):
            self.close()

    def _end(self, mail: Mail, accepted: Reply) -> None:
        """Send RCPT and DATA one by one."""
        replies = [accepted]
        self._after_refusal(replies, mail)
        for command in (_rcpt_command(mail), _DATA):
            self.send(command)
            replies.append(self._reply())
            self._after_refusal(replies, mail)

    def refused(self, reply: Reply, mail: Mail) -> SendError:
        """Return what the refusal of a content means, after which the session is ready.

        After 421, it is closed.
        """
        if reply.code == 421:
            self.close()
        return reply_error(reply, mail)

    # -- replies ------------------------------------------------------------------

    def next_reply(self) -> Reply | None:
        """Return the next of the replies that were read, None while it is not complete.

        Raises SendError when it is not one.
        """
        lines: list[str] = []
        begin = 0
        while (end := self._unread.find(b"\n", begin)) >= 0:
            line = self._unread[begin:end].decode(errors="replace").rstrip("\r")
            begin = end + 1
            code, mark = line[:3], line[3:4]
            if not (code.isascii() and code.isdigit()) or mark not in {"", " ", "-"}:
                raise _lane_error("bad_reply", "the relay does not speak SMTP")
            lines.append(line[4:].strip())
            if mark != "-":
                del self._unread[:begin]
                return Reply(int(code), tuple(lines))
            if len(lines) == _MOST_LINES:
                raise _lane_error("bad_reply", f"a reply of more than {_MOST_LINES} lines")
        if len(self._unread) - begin > _LONGEST_LINE:
            raise _lane_error("bad_reply", f"a line of more than {_LONGEST_LINE} bytes")
        return None

    def feed(self, received: bytes) -> None:
        """Take what was read from the socket. Raises SMTPServerDisconnected at its end."""
        if not received:
            raise smtplib.SMTPServerDisconnected("the relay closed the connection")
        self._unread += received

    def _reply(self, seconds: float | None = None) -> Reply:
        """Wait for the next reply.

        Raises SendError when it is not one, and OSError when it does not come in time.
        """
        deadline = time.monotonic() + (seconds or self._timeouts.command)
        while (reply := self.next_reply()) is None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("no reply in time")
            # Setting it is a system call, and half of the time-outs of a mail are equal.
            if not left <= (self._socket.gettimeout() or 0.0) <= left + _TOLERANCE:
                self._socket.settimeout(left)
            self.feed(self._socket.recv(_AT_ONCE))
        return reply

    def _expect(self, reply: Reply, code: int) -> None:
        if reply.code != code:
            raise reply_error(reply, None, before_recipient=True)

    @contextmanager
    def failures(self, code: str, scope: FailureScope = FailureScope.LANE) -> Iterator[None]:
        """Turn failures of the connection into SendError, and close what cannot be used."""
        try:
            yield
        except TimeoutError as error:
            self.close()
            raise SendError("timed_out", "no answer in time", scope=scope) from error
        except smtplib.SMTPException as error:
            self.close()
            raise SendError(code, _tamed(str(error)), scope=scope) from error
        except OSError as error:
            self.close()
            detail = error.strerror or str(error) or type(error).__name__
            raise SendError(code, _tamed(detail), scope=scope) from error
        except SendError as error:
            if error.code == "bad_reply":
                self.close()
                error.scope = scope
            raise


def wire_content(mail: Mail) -> bytes:
    """The mail with doubled leading dots, and the final one (RFC 5321 section 4.5.2)."""
    # Not a regular expression, which takes as long as all else of a mail.
    content = mail.content.replace(b"\n.", b"\n..")
    if content.startswith(b"."):
        content = b"." + content
    return content + (b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n")


def _mail_command(mail: Mail, options: str) -> bytes:
    return f"MAIL FROM:<{mail.sender}>{options}\r\n".encode()


def _rcpt_command(mail: Mail) -> bytes:
    return f"RCPT TO:<{mail.recipient}>\r\n".encode()


def _lane_error(code: str, detail: str) -> SendError:
    return SendError(code, _tamed(detail), scope=FailureScope.LANE)


def _tamed(text: str) -> str:
    return _CONTROLS.sub(" ", text).strip()[:_MOST_DETAIL]
