"""An IMAP server for tests, which has one folder of mails and misbehaves on command."""

import base64
import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.network import started

__all__ = ["ImapServer"]


@dataclass
class ImapServer:
    """`mails` are those of the folder by UID, `flags` theirs; `moved` are the UIDs in `Handled`.

    `raw` replaces the answer to a verb, such as `SEARCH`, by these bytes, after which the
    connection is closed.
    """

    mails: dict[int, bytes] = field(default_factory=dict)
    flags: dict[int, set[str]] = field(default_factory=dict)
    moved: list[int] = field(default_factory=list)
    raw: dict[str, bytes] = field(default_factory=dict)
    capabilities: str = "IMAP4rev1 MOVE UIDPLUS AUTH=PLAIN"
    password: str = "secret word"
    has_handled: bool = False
    commands: list[str] = field(default_factory=list)
    port: int = 0

    @contextmanager
    def running(self) -> Iterator["ImapServer"]:
        """Serves on loopback in a thread."""
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                outer._serve(self.rfile, self.wfile)

        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        self.port = server.server_address[1]
        with started(server):
            yield self

    def _serve(self, reader: Any, writer: Any) -> None:  # noqa: ANN401
        writer.write(self.raw.get("GREETING", b"* OK ready\r\n"))
        while line := reader.readline().decode().strip():
            tag, verb, *words = line.split()
            verb = words.pop(0).upper() if verb.upper() == "UID" else verb.upper()
            self.commands.append(verb)
            if verb in self.raw:
                writer.write(self.raw[verb].replace(b"TAG", tag.encode()))
                return
            if verb == "AUTHENTICATE":
                writer.write(b"+ \r\n")
                words = base64.b64decode(reader.readline()).decode().split("\0")
            answer = self._answer(verb, words, writer)
            writer.write(f"{tag} {answer}\r\n".encode())
            if verb == "LOGOUT":
                return

    def _answer(self, verb: str, words: list[str], writer: Any) -> str:  # noqa: ANN401
        if verb == "AUTHENTICATE" and words[-1] != self.password:
            return "NO wrong"
        uid = int(words[0]) if words and words[0].isdigit() else 0
        writer.write(self._data(verb, uid))
        return self._change(verb, uid, words[-1] if words else "")

    def _data(self, verb: str, uid: int) -> bytes:
        match verb:
            case "CAPABILITY":
                return f"* CAPABILITY {self.capabilities}\r\n".encode()
            case "SELECT":
                return f"* {len(self.mails)} EXISTS\r\n".encode()
            case "SEARCH":
                found = [str(each) for each in self.mails if not self.flags.get(each)]
                return f"* SEARCH {' '.join(found)}\r\n".encode()
            case "FETCH" if uid in self.mails:
                content = self.mails[uid][:262_144]
                head = f"* 1 FETCH (UID {uid} BODY[]<0> {{{len(content)}}}\r\n"
                return head.encode() + content + b")\r\n"
        return b""

    def _change(self, verb: str, uid: int, last: str) -> str:
        if verb in {"MOVE", "COPY"}:
            if not self.has_handled:
                return "NO [TRYCREATE] no such folder"
            self.moved.append(uid)
        if verb in {"MOVE", "EXPUNGE"}:
            self.mails.pop(uid, None)
        elif verb == "STORE":
            self.flags.setdefault(uid, set()).add(last.strip("()"))
        elif verb == "CREATE":
            self.has_handled = True
        return "OK done"
