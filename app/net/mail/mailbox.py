"""Mailbox of bounces: an IMAP folder (RFC 9051) that FYR_BOUNCE_IMAP_URL names, read with bounds.

imaplib speaks IMAP; what a server may send is limited here, in bytes and in time. A session blocks
and is used in a thread.
"""

import imaplib
import re
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from threading import Timer
from urllib.parse import unquote, urlsplit

from app.host_names import ascii_host, ip_literal
from app.net.addresses import Address

__all__ = ["Mailbox", "MailboxError", "MailboxSession", "parse_mailbox"]

_FORMATS = (
    "must be imaps://USER:PASSWORD@HOST/FOLDER or imap://USER:PASSWORD@HOST/FOLDER, with user, "
    "password and folder percent-encoded"
)
_PORTS = {"imap": 143, "imaps": 993}
_HANDLED = "Handled"
# A mail is read up to this length, as by POST /api/v1/bounces; one answer, and all of a session.
_LONGEST_MAIL = 262_144
_MOST_ANSWER, _MOST_SESSION = 1_000_000, 16_000_000
_OPERATION_SECONDS, _SESSION_SECONDS = 30.0, 120.0
_MOST_DETAIL = 200
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class MailboxError(Exception):
    """The mailbox cannot be read. `code` is stable; the message has no password."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(_CONTROLS.sub(" ", f"{code}: {detail}" if detail else code)[:_MOST_DETAIL])
        self.code = code


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A folder of an IMAP account. Without `is_tls`, STARTTLS comes first where it is needed."""

    host: str
    port: int
    is_tls: bool
    needs_starttls: bool
    folder: str
    user: str
    password: str = field(repr=False)


def parse_mailbox(url: str) -> Mailbox:
    """Return what FYR_BOUNCE_IMAP_URL names. Raises ValueError, without any part of the URL.

    Without TLS a password goes to loopback alone.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
        host_name = unquote(parts.hostname or "")
    except ValueError:
        raise ValueError(_FORMATS) from None
    literal = ip_literal(host_name)
    host = str(literal) if literal is not None else ascii_host(host_name)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    folder = unquote(parts.path.removeprefix("/")) or "INBOX"
    is_wrong = parts.scheme not in _PORTS or parts.query or parts.fragment or port == 0
    texts = (user, password, folder)
    if host is None or is_wrong or not all(texts) or any(map(_CONTROLS.search, texts)):
        raise ValueError(_FORMATS)
    if any(ord(each) <= ord(" ") or ord(each) == 127 for each in url):
        raise ValueError(_FORMATS)
    is_tls = parts.scheme == "imaps"
    needs_starttls = not is_tls and not _is_loopback(host)
    return Mailbox(
        host, port or _PORTS[parts.scheme], is_tls, needs_starttls, folder, user, password
    )


class MailboxSession(imaplib.IMAP4):
    """A session with the folder selected. Use it as a context manager, in one thread.

    Every method raises MailboxError, and nothing else.
    """

    def __init__(
        self, mailbox: Mailbox, addresses: Sequence[Address], context: ssl.SSLContext
    ) -> None:
        self._mailbox = mailbox
        self._addresses = addresses
        self._context = context
        self._received = 0
        self._watch = Timer(_SESSION_SECONDS, self._abort)
        self._watch.daemon = True
        self._watch.start()
        try:
            super().__init__(mailbox.host, mailbox.port, timeout=_OPERATION_SECONDS)
            if mailbox.needs_starttls:
                self.starttls(context)
            self._sign_in()
            status, _ = self.select(_quoted(mailbox.folder))
            if status != "OK":
                raise MailboxError("no_such_folder", mailbox.folder)
        except Exception as error:  # noqa: BLE001  # whatever imaplib makes of an answer
            self.close_session()
            raise _failure(error) from None

    def close_session(self) -> None:
        """End the session, and let go of the connection in any case."""
        self._watch.cancel()
        with suppress(Exception):
            self.logout()
        with suppress(Exception):
            self.shutdown()

    def new_mails(self, most: int) -> Sequence[str]:
        """The UIDs of the first mails that were not taken yet."""
        data = self._checked("SEARCH", None, "UNSEEN", "UNDELETED")
        found = data[0] if data and isinstance(data[0], bytes) else b""
        numbers = [each.decode() for each in found.split() if each.isdigit() and len(each) < 11]
        return numbers[:most]

    def read(self, size: int) -> bytes:
        """Read a literal; imaplib calls it with the size that the server declares."""
        self._count(size)
        return super().read(size)

    def readline(self) -> bytes:
        """Read a line; imaplib limits its length."""
        line: bytes = super().readline()
        self._count(len(line))
        return line

    def mail(self, uid: str) -> bytes | None:
        """The beginning of a mail, at most 256 kB; None when it is gone."""
        data = self._checked("FETCH", uid, f"(BODY.PEEK[]<0.{_LONGEST_MAIL}>)")
        for each in data:
            if isinstance(each, tuple) and isinstance(each[1], bytes):
                return each[1][:_LONGEST_MAIL]
        return None

    def mark_taken(self, uid: str) -> None:
        """Mark a mail as seen, so that it is not taken again, and move it to `Handled`."""
        self._checked("STORE", uid, "+FLAGS", r"(\Seen)")
        with suppress(MailboxError):  # it is marked: where it lies matters less
            self._move(uid)

    def _move(self, uid: str) -> None:
        try:
            if "MOVE" in self.capabilities:
                self._checked("MOVE", uid, _HANDLED)
                return
            self._checked("COPY", uid, _HANDLED)
        except MailboxError as error:
            if error.code != "refused":
                raise
            with suppress(imaplib.IMAP4.error, OSError):
                self.create(_HANDLED)
            self._checked("MOVE" if "MOVE" in self.capabilities else "COPY", uid, _HANDLED)
        if "MOVE" not in self.capabilities:
            self._checked("STORE", uid, "+FLAGS", r"(\Deleted)")
            if "UIDPLUS" in self.capabilities:
                self._checked("EXPUNGE", uid)

    def _checked(self, command: str, *arguments: str | None) -> Sequence[object]:
        """The data of a command by UID. Raises MailboxError, `refused` when the server says no."""
        try:
            status, data = self.uid(command, *[each for each in arguments if each is not None])
        except Exception as error:  # noqa: BLE001  # whatever imaplib makes of an answer
            raise _failure(error) from None
        if status != "OK":
            raise MailboxError("refused", command)
        return data or ()

    def _sign_in(self) -> None:
        user, password = self._mailbox.user, self._mailbox.password
        try:
            if "AUTH=PLAIN" in self.capabilities:
                # RFC 4616 has UTF-8, which LOGIN has not.
                self.authenticate("PLAIN", lambda _: f"\0{user}\0{password}".encode())
            else:
                self.login(user, password)
        except (imaplib.IMAP4.error, UnicodeError) as error:
            if isinstance(error, imaplib.IMAP4.abort):
                raise
            raise MailboxError("authentication_failed") from None

    def _create_socket(self, timeout: float | None) -> socket.socket:
        failure: OSError = OSError("no address")
        for address in self._addresses:
            try:
                opened = socket.create_connection((str(address), self._mailbox.port), timeout)
            except OSError as error:
                failure = error
                continue
            if not self._mailbox.is_tls:
                return opened
            return self._context.wrap_socket(opened, server_hostname=self._mailbox.host)
        raise failure

    def _count(self, size: int) -> None:
        self._received += size
        if size > _MOST_ANSWER or self._received > _MOST_SESSION:
            raise MailboxError("too_large", "the server sends too much")

    def _abort(self) -> None:
        """End the connection, also for a thread that waits for the server."""
        found = getattr(self, "sock", None)
        if found is not None:
            with suppress(OSError):
                socket.socket.shutdown(found, socket.SHUT_RDWR)


def _quoted(folder: str) -> str:
    escaped = folder.replace("\\", r"\\").replace('"', r"\"")
    return f'"{escaped}"'


def _failure(error: Exception) -> MailboxError:
    match error:
        case MailboxError():
            return error
        case TimeoutError():
            return MailboxError("timed_out")
        case ssl.SSLError():
            return MailboxError("tls_failed", error.reason or "")
        case OSError():
            return MailboxError("connection_failed", error.strerror or "")
        case _:
            return MailboxError("bad_answer", type(error).__name__)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
