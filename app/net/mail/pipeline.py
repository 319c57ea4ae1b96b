"""Mails of an SMTP session, one after the other, for a thread that waits for many sessions at once.

The envelope of the next mail leaves with the content of the former one (RFC 2920 section 3.1): a
mail takes one round trip and one packet each way, instead of two. The content of the next mail
leaves when its caller says so, which is when the former one is recorded as sent.
"""

import select
import ssl
import time
from collections import deque
from contextlib import suppress

from app.net.mail.dkim import DkimSigner, signed
from app.net.mail.session import Reply, SmtpSession, wire_content
from app.ports.channel import FailureScope, Mail, MailProgress, SendError

__all__ = ["SessionPipeline"]

_END = "END"
_AT_ONCE = 65_536
_ENVELOPE_REPLIES = 3


class SessionPipeline:
    """Sends mails through an open session without waiting. Use it in one thread at a time.

    `announce` a mail, and call `proceed` whenever the socket is ready, until `awaits_content`.
    """

    def __init__(self, session: SmtpSession, signer: DkimSigner | None, most: int) -> None:
        """`most` mails are sent through one session."""
        self.session = session
        self._signer = signer
        self._most = most
        self._is_pipelined = session.has_extn("pipelining")
        self._announced: Mail | None = None
        self._is_refused = False
        self._sent: Mail | None = None
        # Replies to MAIL, RCPT and DATA of the announced mail.
        self._replies: list[Reply] = []
        self._commands: deque[tuple[str, bytes]] = deque()
        self._awaited: deque[str] = deque()
        self._unsent = b""
        self._deadline = 0.0

    @property
    def is_ready(self) -> bool:
        """Whether another mail may be announced: the session is open and not used up."""
        return self.session.is_open and self.session.sent < self._most

    @property
    def is_settled(self) -> bool:
        """Whether nothing is announced or sent: the session can be used for the next mail."""
        return self._announced is None and self._sent is None

    @property
    def descriptor(self) -> int:
        """The file descriptor of the socket; -1 when it is closed."""
        return -1 if self.session.sock is None else self.session.sock.fileno()

    @property
    def events(self) -> int:
        """What to wait for, as for `select.poll`."""
        return select.POLLIN | select.POLLOUT if self._unsent else select.POLLIN

    @property
    def awaits_content(self) -> bool:
        """Whether the relay has accepted the recipient that was announced."""
        is_complete = len(self._replies) == _ENVELOPE_REPLIES
        return self._announced is not None and is_complete and not self._is_refused

    def announce(self, mail: Mail) -> None:
        """Name the sender and the recipient of the next mail. Raises SendError if that cannot be.

        They leave with the next `send_content` or `proceed`.
        """
        mail = signed(mail, self._signer)
        self._commands += self.session.envelope(mail)
        self._announced, self._replies = mail, []

    def send_content(self) -> None:
        """Send the content of the mail that was announced, before an envelope that follows."""
        mail = self._announced
        if mail is not None:
            self._commands.appendleft((_END, wire_content(mail)))
        self._sent, self._announced = mail, None

    def proceed(self, *, is_readable: bool = True) -> MailProgress:
        """Write what can be written and, if `is_readable`, read what has come."""
        accepted: str | None = None
        try:
            with self.session.failures(*self._failure()):
                self._write()
            while is_readable or time.monotonic() > self._deadline:
                with self.session.failures(*self._failure()):
                    reply = self._next_reply()
                    if reply is None:
                        break
                    accepted = self._take(reply) or accepted
        except SendError as failure:
            return MailProgress(accepted, self._refusal_before(failure))
        return MailProgress(accepted)

    def recover(self) -> None:
        """Make the session usable again after a failure, or close it. This waits for the relay."""
        if self._is_refused and not self._awaited:
            self.session.settle(self._replies)
        else:
            # The relay waits for a content, or may have more to say.
            self.session.close()

    def _failure(self) -> tuple[str, FailureScope]:
        """What a failure now means, as in SmtpSession.deliver."""
        if self._sent is not None:
            # The relay may have accepted a mail without confirming it.
            return "no_reply_after_data", FailureScope.RECIPIENT
        return "disconnected", FailureScope.RECIPIENT if self._replies else FailureScope.LANE

    def _refusal_before(self, failure: SendError) -> SendError:
        """A relay may close the connection after a refusal, which says more than the end."""
        mail, replies = self._announced, self._replies
        if self._sent is None and mail is not None:
            return self.session.refusal(replies, mail) or failure
        return failure

    def _take(self, reply: Reply) -> str | None:
        """Note a reply; the text of the one that accepts a mail. Raises SendError."""
        kind, sent, mail = self._awaited.popleft(), self._sent, self._announced
        self._await_next()
        if kind == _END and sent is not None:
            self._sent = None
            if not reply.is_success:
                raise self.session.refused(reply, sent)
            self._write()
            return reply.summary
        self._replies.append(reply)
        is_last = len(self._replies) == _ENVELOPE_REPLIES
        if mail is not None and (is_last or not self._is_pipelined):
            refusal = self.session.refusal(self._replies, mail)
            if refusal is not None:
                self._commands.clear()
                self._is_refused = True
                raise refusal
        self._write()
        return None

    def _write(self) -> None:
        """Send the commands whose turn it is: all at once, or one for each reply."""
        while self._commands and (self._is_pipelined or not self._awaited):
            kind, content = self._commands.popleft()
            self._awaited.append(kind)
            self._unsent += content
            self._await_next()
        if not self._unsent:
            return
        found = self.session.unblocked()
        with suppress(BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            self._unsent = self._unsent[found.send(self._unsent) :]

    def _await_next(self) -> None:
        patience = self.session.patience(after_data=_END in self._awaited)
        self._deadline = time.monotonic() + patience

    def _next_reply(self) -> Reply | None:
        """The next reply; None while it is not complete. Raises SendError and OSError."""
        if not self._awaited:
            return None
        while (reply := self.session.next_reply()) is None:
            found = self.session.unblocked()
            try:
                self.session.feed(found.recv(_AT_ONCE))
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                if time.monotonic() > self._deadline:
                    raise TimeoutError("no reply in time") from None
                return None
        return reply
