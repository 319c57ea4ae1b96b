"""An SMTP server for tests: it speaks PIPELINING, remembers mails, and misbehaves on command."""

import asyncio
import contextlib
import socket
import struct
import threading
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

__all__ = ["ACCEPT_AND_RESET", "CLOSE", "RESET", "SILENCE", "ReceivedMail", "SmtpSink"]

# Instead of a reply: end the connection, reset it, or never answer.
CLOSE, RESET, SILENCE = "close", "reset", "silence"
# After the final dot: the mail is taken, and the connection reset before the reply.
ACCEPT_AND_RESET = "accept and reset"

_DEFAULTS = {
    "GREETING": "220 sink.example.net ESMTP",
    "HELO": "250 sink.example.net",
    "MAIL": "250 2.1.0 OK",
    "RCPT": "250 2.1.5 OK",
    "DATA": "354 go ahead",
    "END": "250 2.0.0 OK: queued",
    "RSET": "250 2.0.0 OK",
    "QUIT": "221 2.0.0 Bye",
    "AUTH": "235 2.7.0 OK",
}


@dataclass(frozen=True, slots=True)
class ReceivedMail:
    """One accepted mail with its envelope as the client wrote it."""

    mail_from: str
    rcpt_to: str
    content: bytes


@dataclass
class SmtpSink:
    """`replies` are the next replies by verb, or CLOSE and the others; then all goes well.

    `mails` are the accepted ones, `commands` the verbs of all connections, in order.
    """

    extensions: tuple[str, ...] = ("PIPELINING", "SIZE 10000000", "8BITMIME", "SMTPUTF8")
    replies: dict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque))
    mails: list[ReceivedMail] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    # Set while a client waits for a reply that never comes.
    is_silent: threading.Event = field(default_factory=threading.Event)
    _accepted: threading.Condition = field(default_factory=threading.Condition)
    _turns: asyncio.Semaphore | None = None
    _loop: asyncio.AbstractEventLoop | None = None

    def misbehave(self, verb: str, *replies: str) -> None:
        self.replies[verb].extend(replies)

    def hold(self) -> None:
        """Accept no mail from now on but those that `accept` allows."""
        self._turns = asyncio.Semaphore(0)

    def accept(self, count: int) -> None:
        """Accept so many more mails, and return when they are accepted."""
        wanted = len(self.mails) + count
        self._release(count)
        with self._accepted:
            self._accepted.wait_for(lambda: len(self.mails) >= wanted)

    def accept_all(self) -> None:
        """Accept all mails again."""
        turns, self._turns = self._turns, None
        if turns is not None and self._loop is not None:
            self._loop.call_soon_threadsafe(_release, turns, 10_000)

    def _release(self, count: int) -> None:
        if self._turns is not None and self._loop is not None:
            self._loop.call_soon_threadsafe(_release, self._turns, count)

    @contextlib.contextmanager
    def running(self) -> Iterator["SmtpSink"]:
        """Serves on loopback in a thread, so that tests may block."""
        loop = self._loop = asyncio.new_event_loop()
        server = loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.run_until_complete(_stop(server))
            loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            await self._session(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sender = recipient = ""
        if not await self._answer(writer, "GREETING"):
            return
        while line := (await reader.readline()).decode().strip():
            verb = line.split()[0].upper().partition(":")[0]
            self.commands.append(verb)
            if verb == "MAIL":
                sender, recipient = line, ""
            if verb == "RCPT":
                recipient = line
            if not await self._answer(writer, verb) or verb == "QUIT":
                return
            if verb == "DATA" and self._last.startswith("354"):
                content = await _content(reader)
                await self._take(writer, ReceivedMail(sender, recipient, content))

    async def _take(self, writer: asyncio.StreamWriter, mail: ReceivedMail) -> None:
        queue = self.replies["END"]
        reply = queue[0] if queue else _DEFAULTS["END"]
        is_taken = reply.startswith("250") or reply == ACCEPT_AND_RESET
        if self._turns is not None:
            await self._turns.acquire()
        if is_taken and mail.content:
            with self._accepted:
                self.mails.append(mail)
                self._accepted.notify_all()
        if not await self._answer(writer, "END"):
            raise ConnectionResetError

    async def _answer(self, writer: asyncio.StreamWriter, verb: str) -> bool:
        """Whether the connection goes on."""
        queue = self.replies[verb]
        reply = queue.popleft() if queue else self._default(verb)
        self._last = reply
        if reply == SILENCE:
            self.is_silent.set()
            await asyncio.Event().wait()
        if reply in {RESET, ACCEPT_AND_RESET}:
            # A linger time of zero sends RST.
            writer.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
            writer.transport.abort()
        if reply in {CLOSE, RESET, ACCEPT_AND_RESET}:
            return False
        writer.write(reply.encode() + b"\r\n")
        await writer.drain()
        return not reply.startswith("421")

    def _default(self, verb: str) -> str:
        if verb != "EHLO":
            return _DEFAULTS.get(verb, "500 5.5.1 unknown command")
        return _lines(250, ("sink.example.net", *self.extensions))


def _release(turns: asyncio.Semaphore, count: int) -> None:
    for _ in range(count):
        turns.release()


async def _stop(server: asyncio.Server) -> None:
    server.close()
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    await asyncio.sleep(0)


def _lines(code: int, texts: Iterable[str]) -> str:
    *first, last = texts
    return "\r\n".join([*(f"{code}-{each}" for each in first), f"{code} {last}"])


async def _content(reader: asyncio.StreamReader) -> bytes:
    """What comes before the final dot. A lone dot ends an empty message."""
    lines = []
    while (line := await reader.readuntil(b"\n")) != b".\r\n":
        lines.append(line[1:] if line.startswith(b".") else line)
    return b"".join(lines)
