"""A PostgreSQL for one test, which can be killed, and a proxy, which can stall."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString

import psycopg

from tests import postgres

__all__ = ["Cluster", "Proxy", "own_cluster"]

_WAITING_FOR_DISK = {"fsync": "on", "full_page_writes": "on"}


class Cluster:
    """A PostgreSQL server that can be killed and started again."""

    def __init__(self, folder: Path, *, waits_for_disk: bool = False) -> None:
        self._folder = folder
        self._options = {
            **postgres._SERVER_OPTIONS,
            **(_WAITING_FOR_DISK if waits_for_disk else {}),
        }
        self._user = postgres._server_user()
        self._data = folder / "postgres"
        self._data.mkdir(mode=0o700)
        if self._user:
            os.chown(self._data, self._user["user"], self._user["group"])
        self._binaries = postgres._binaries(folder, self._user)
        postgres._make_cluster(self._binaries, self._data / "data", self._user)
        self._server: subprocess.Popen[bytes] | None = None
        self.start()
        # What was answered with 2xx must be there when the server returns.
        self.execute("ALTER DATABASE postgres SET synchronous_commit = on")

    @property
    def url(self) -> str:
        return postgres.url(self._folder, "postgres")

    @property
    def socket(self) -> str:
        return str(self._data / ".s.PGSQL.5432")

    def start(self) -> None:
        self._server = postgres._start_server(self._binaries, self._data, self._user, self._options)
        postgres._wait_until_it_answers(self._binaries, self._data, self._server)

    def execute(self, words: LiteralString) -> None:
        """Execute a statement."""
        changing = "-c default_transaction_read_only=off"
        with psycopg.connect(
            host=str(self._data), user="postgres", options=changing, autocommit=True
        ) as connection:
            connection.execute(words)

    def kill(self) -> None:
        """Stop the server at once, without finishing transactions (SIGQUIT)."""
        if self._server is not None:
            self._server.send_signal(signal.SIGQUIT)
            self._server.wait(10)


@contextmanager
def own_cluster(*, waits_for_disk: bool = False) -> Iterator[Cluster]:
    """A cluster for one test, deleted at its end. Commits of tests do not wait for the disk."""
    # Directly under /tmp: the path of a socket may have 100 characters.
    folder = Path(tempfile.mkdtemp(prefix="fyr-", dir="/tmp"))  # a folder of our own
    folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
    cluster = Cluster(folder, waits_for_disk=waits_for_disk)
    try:
        yield cluster
    finally:
        cluster.kill()
        shutil.rmtree(folder, ignore_errors=True)


class Proxy:
    """Forwards bytes between a port and a server's socket; stalls while `flowing` is not set."""

    def __init__(self, target: str) -> None:
        self._target = target
        self.flowing = threading.Event()
        self.flowing.set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self.flowing.set()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(self._target)
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with source, sink:
            try:
                while data := source.recv(65536):
                    self.flowing.wait()
                    sink.sendall(data)
            except OSError:
                return
