"""`fyr serve`: looks after the processes that answer, and the worker beside them.

Nothing of Fyr itself is loaded here: this process holds the sockets and its children, so it is
small, there at once, and whatever becomes of the others, it stays.
"""

import logging
import os
import signal
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Annotated

import typer

from app.cli.processes import logs, systemd
from app.cli.processes.sockets import address_of, listen
from app.cli.processes.supervisor import Supervisor

__all__ = ["serve"]

_log = logging.getLogger("fyr.serve")

_DEMO_DIR = Path("var/demo")
_READY = "ready"
# Room for hundreds of processes; what none has written into takes none.
_LEDGER_BYTES = 2**16
_ENDS = (signal.SIGINT, signal.SIGTERM)


def serve(
    *,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="How many web processes.")] = 1,
    no_worker: Annotated[
        bool, typer.Option("--no-worker", help="Leave probing and sending to `fyr worker`.")
    ] = False,
    demo: Annotated[
        bool, typer.Option("--demo", help="Tell the story of a chain that breaks, live.")
    ] = False,
    from_snapshot: Annotated[
        Path | None,
        typer.Option(help="Stand in, read only, with the snapshot in this folder; no database."),
    ] = None,
    fd: Annotated[
        list[int] | None,
        typer.Option(help="A listening socket handed over by who starts this; may be repeated."),
    ] = None,
) -> None:
    """Serve the page and the API, with one worker as a child process."""
    logs.configure("warning")
    if demo:
        _prepare_demo()
    with ExitStack() as listening:
        sockets = [listening.enter_context(each) for each in listen(host, port, fd or [])]
        fds = [each.fileno() for each in sockets]
        address = address_of(sockets[0], host)
        web = ["web", "--address", address, *(word for each in fds for word in ("--fd", str(each)))]
        ledger = _shared_memory()
        web += ["--ledger-fd", str(ledger)]
        if from_snapshot is not None:
            web += ["--from-snapshot", str(from_snapshot)]
        worker = ["worker", "--address", address, "--supervised", *(["--demo"] if demo else [])]
        alone = no_worker or from_snapshot is not None
        crew = _Crew(web, [*fds, ledger], workers, [] if alone else [worker])
        code = crew.run(address, ["story", "--address", address] if demo else None)
    if code:
        raise typer.Exit(code)


class _Crew:
    """The children, from the first that answers to the last that ends."""

    def __init__(
        self, web: list[str], fds: list[int], size: int, beside: Sequence[list[str]]
    ) -> None:
        self._web, self._fds, self._size = web, fds, size
        self._beside = beside
        self._events: SimpleQueue[int | str] = SimpleQueue()
        self._members: list[Supervisor] = []
        self._failure = 0
        self._renewing = Lock()

    def run(self, address: str, story: list[str] | None) -> int:
        """Until a signal or a first process that fails ends it; the exit code."""
        for number in (*_ENDS, signal.SIGHUP):
            signal.signal(number, lambda number, _frame: self._events.put(number))
        with ExitStack() as house:
            if story is not None:
                self._begin(house, story)
                if self._events.get() != _READY:
                    return self._failure
            # The first page comes before everything else: its process has the machine to itself.
            self._members.append(self._begin(house, [*self._web, "--number", "1"]))
            return self._look_after(house, address)

    def _look_after(self, house: ExitStack, address: str) -> int:
        begun = False
        while True:
            event = self._events.get()
            if event == _READY and not begun:
                begun = True
                typer.echo(f"Fyr listens on {address}/ and Ctrl-C ends it.")
                self._complete(house)
                systemd.tell("READY=1")
            elif event == signal.SIGHUP:
                Thread(target=self._renew, daemon=True).start()
            elif event != _READY:
                systemd.tell("STOPPING=1")
                for member in reversed(self._members):
                    member.leave()
                return self._failure

    def _begin(self, house: ExitStack, words: list[str]) -> Supervisor:
        made = Supervisor(
            words, self._fds, tells=True, ready=self._is_ready, failed=self._has_failed
        )
        return house.enter_context(made)

    def _complete(self, house: ExitStack) -> None:
        for number in range(2, self._size + 1):
            words = [*self._web, "--number", str(number)]
            self._members.append(house.enter_context(Supervisor(words, self._fds, tells=True)))
        for words in self._beside:
            self._members.append(house.enter_context(Supervisor(words)))

    def _is_ready(self) -> None:
        self._events.put(_READY)

    def _has_failed(self, code: int) -> None:
        self._failure = code if code > 0 else 1
        self._events.put(signal.SIGTERM)

    def _renew(self) -> None:
        # One after another: where one does not come up, the others stay as they are.
        with self._renewing:
            if all(member.renew() for member in self._members):
                _log.warning("serve.renewed processes=%d", len(self._members))


def _shared_memory() -> int:
    """What the web processes write down in what they have counted; it goes with the last of us."""
    ledger = os.memfd_create("fyr-ledger")
    os.ftruncate(ledger, _LEDGER_BYTES)
    return ledger


def _prepare_demo() -> None:
    os.environ.setdefault("FYR_DATA_DIR", str(_DEMO_DIR))
    # Not the database that a `.env` file names: this one is for playing.
    os.environ.setdefault("FYR_DATABASE_URL", "")
    os.environ.setdefault("FYR_ALLOWED_NETWORKS", "127.0.0.0/8")
    os.environ.setdefault("FYR_LOG_LEVEL", "warning")
