"""STARTTLS dialogues of each protocol, without I/O.

A dialogue yields the bytes to send (possibly none) and receives the bytes that arrived. It returns
when the TLS handshake may begin, and raises StartTlsError when the server refuses.
"""

import re
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

__all__ = ["DIALOGUES", "Dialogue", "StartTlsError"]

Dialogue = Generator[bytes, bytes, None]

_MOST_BYTES = 65_536
# Message number one, then an extended response whose first element is the result code: success.
_LDAP_SUCCESS = re.compile(
    rb"\x02\x01\x01\x78(?:[\x00-\x7f]|\x81.|\x82..|\x84....)\x0a\x01\x00", re.DOTALL
)
_NAME = b"fyr.invalid"  # a reserved name (RFC 6761)


class StartTlsError(Exception):
    """The server refuses STARTTLS. `code` is stable, `detail` is for staff."""

    def __init__(self, code: str, detail: bytes = b"") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail[:200].decode("ascii", "backslashreplace")


@dataclass(slots=True)
class _Inbox:
    """Received bytes that were not read yet."""

    buffer: bytearray = field(default_factory=bytearray)

    def take(self, count: int, send: bytes = b"") -> Generator[bytes, bytes, bytes]:
        """Send `send`, then return exactly `count` bytes."""
        yield from self._until(lambda: len(self.buffer) >= count, send)
        return self._cut(count)

    def line(self, send: bytes = b"") -> Generator[bytes, bytes, bytes]:
        """Send `send`, then return one line without its end."""
        yield from self._until(lambda: b"\n" in self.buffer, send)
        return self._cut(self.buffer.index(b"\n") + 1).rstrip(b"\r\n")

    def finish(self) -> None:
        """Raise when unread bytes remain, since they came unencrypted and may be injected
        (CVE-2011-0411).
        """
        if self.buffer:
            raise StartTlsError("unexpected_data", bytes(self.buffer))

    def _until(self, enough: Callable[[], bool], send: bytes) -> Generator[bytes, bytes, None]:
        while send or not enough():
            self.buffer += yield send
            send = b""
            if len(self.buffer) > _MOST_BYTES:
                raise StartTlsError("too_much_data")

    def _cut(self, count: int) -> bytes:
        taken = bytes(self.buffer[:count])
        del self.buffer[:count]
        return taken


def _smtp() -> Dialogue:
    """RFC 3207."""
    inbox = _Inbox()
    yield from _reply(inbox, b"220")
    offered = yield from _reply(inbox, b"250", b"EHLO " + _NAME + b"\r\n")
    if not any(line[4:].strip().upper() == b"STARTTLS" for line in offered):
        raise StartTlsError("not_offered")
    yield from _reply(inbox, b"220", b"STARTTLS\r\n", no="refused")
    inbox.finish()


def _ftp() -> Dialogue:
    """RFC 4217."""
    inbox = _Inbox()
    yield from _reply(inbox, b"220")
    yield from _reply(inbox, b"234", b"AUTH TLS\r\n", no="refused")
    inbox.finish()


def _reply(
    inbox: _Inbox, wanted: bytes, send: bytes = b"", *, no: str = "unexpected_reply"
) -> Generator[bytes, bytes, list[bytes]]:
    """Return the lines of a reply with the wanted code, as SMTP and FTP write them: `250-`
    continues.
    """
    lines = [(yield from inbox.line(send))]
    code = lines[0][:3]
    if not re.fullmatch(rb"[1-5]\d\d([ -].*)?", lines[0]):
        raise StartTlsError("unexpected_reply", lines[0])
    while lines[-1][:3] != code or lines[-1][3:4] == b"-":
        lines.append((yield from inbox.line()))
        if len(lines) > 1000:
            raise StartTlsError("too_much_data")
    if code != wanted:
        raise StartTlsError(no, lines[0])
    return lines


def _imap() -> Dialogue:
    """RFC 9051 section 6.2.1."""
    inbox = _Inbox()
    greeting = yield from inbox.line()
    if not greeting.upper().startswith(b"* OK"):
        raise StartTlsError("unexpected_reply", greeting)
    answer = yield from inbox.line(b"fyr1 STARTTLS\r\n")
    while answer.startswith(b"* "):
        answer = yield from inbox.line()
    if not answer.upper().startswith(b"FYR1 OK"):
        raise StartTlsError("refused", answer)
    inbox.finish()


def _pop3() -> Dialogue:
    """RFC 2595 section 4."""
    inbox = _Inbox()
    greeting = yield from inbox.line()
    if not greeting.startswith(b"+OK"):
        raise StartTlsError("unexpected_reply", greeting)
    answer = yield from inbox.line(b"STLS\r\n")
    if not answer.startswith(b"+OK"):
        raise StartTlsError("refused", answer)
    inbox.finish()


def _postgres() -> Dialogue:
    """PostgreSQL's SSLRequest: a length of eight and a code that no protocol version has."""
    inbox = _Inbox()
    answer = yield from inbox.take(1, bytes.fromhex("0000000804d2162f"))
    if answer == b"N":
        raise StartTlsError("refused")
    if answer != b"S":
        raise StartTlsError("unexpected_reply", answer + bytes(inbox.buffer))
    inbox.finish()


def _ldap() -> Dialogue:
    """RFC 4511 section 4.14: an extended request with the StartTLS name, message number one."""
    inbox = _Inbox()
    oid = b"1.3.6.1.4.1.1466.20037"
    operation = b"\x77" + bytes([len(oid) + 2]) + b"\x80" + bytes([len(oid)]) + oid
    body = b"\x02\x01\x01" + operation
    header = yield from inbox.take(2, b"\x30" + bytes([len(body)]) + body)
    if header[:1] != b"\x30":
        raise StartTlsError("unexpected_reply", header + bytes(inbox.buffer))
    length = header[1]
    if length & 0x80:
        size = yield from inbox.take(length & 0x7F)
        length = int.from_bytes(size, "big")
    if length > _MOST_BYTES:
        raise StartTlsError("too_much_data")
    answer = yield from inbox.take(length)
    if _LDAP_SUCCESS.match(answer) is None:
        raise StartTlsError("refused", answer)
    inbox.finish()


# One line each: the protocol's name in STARTTLS_PORTS, and what makes a new dialogue.
DIALOGUES: Mapping[str, Callable[[], Dialogue]] = MappingProxyType(
    {
        "ftp": _ftp,
        "imap": _imap,
        "ldap": _ldap,
        "pop3": _pop3,
        "postgres": _postgres,
        "smtp": _smtp,
    }
)
