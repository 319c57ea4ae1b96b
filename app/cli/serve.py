"""`fyr serve`: supervises the web processes and the worker.

It imports nothing but `app.cli.processes`. So the process that holds the sockets is small and
starts at once, and an error in any other part of Fyr cannot end it.
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

from app.cli.processes import systemd
from app.cli.processes.env_file import log_settings
from app.cli.processes.logs import logs
from app.cli.processes.sockets import listen, local_url
from app.cli.processes.supervisor import Supervisor

__all__ = ["serve"]

_log = logging.getLogger("fyr.serve")

_DEMO_DIR = Path("var/demo")
_READY = "ready"
# Room for hundreds of processes; memory that nobody has written to takes no space.
_COUNTERS_BYTES = 2**16
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def serve(
    *,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="How many web processes.")] = 1,
    no_worker: Annotated[
        bool, typer.Option("--no-worker", help="Leave probing and sending to `fyr worker`.")
    ] = False,
    demo: Annotated[
        bool, typer.Option("--demo", help="Run a demo in which a chain breaks.")
    ] = False,
    from_snapshot: Annotated[
        Path | None,
        typer.Option(help="Serve the snapshot in this folder, read-only and without a database."),
    ] = None,
    fd: Annotated[
        list[int] | None,
        typer.Option(help="A listening socket inherited from the parent process; repeatable."),
    ] = None,
) -> None:
    """Serve the page and the API, with one worker as a child process."""
    if demo:
        _configure_demo()
    logs.configure(*log_settings())
    with ExitStack() as stack:
        sockets = [stack.enter_context(each) for each in listen(host, port, fd or [])]
        fds = [each.fileno() for each in sockets]
        url = local_url(sockets[0], host)
        counters = _shared_memory()
        web = ["web", "--address", url, "--ledger-fd", str(counters)]
        for each in fds:
            web += ["--fd", str(each)]
        if from_snapshot is not None:
            web += ["--from-snapshot", str(from_snapshot)]
        worker = ["worker", "--address", url, "--supervised", *(["--demo"] if demo else [])]
        web_only = no_worker or from_snapshot is not None
        processes = _Processes(web, [*fds, counters], workers, [] if web_only else [worker])
        code = processes.run(url, ["story", "--address", url] if demo else None)
    if code:
        raise typer.Exit(code)


class _Processes:
    """All child processes, from the first web process to the worker.

    `web` is the command of a web process, `fds` are the descriptors it inherits, `count` is how
    many there are. `others` are the commands that run beside them.
    """

    def __init__(
        self, web: list[str], fds: list[int], count: int, others: Sequence[list[str]]
    ) -> None:
        self._web, self._fds, self._count = web, fds, count
        self._others = others
        self._events: SimpleQueue[int | str] = SimpleQueue()
        self._supervisors: list[Supervisor] = []
        self._exit_code = 0
        self._replacing = Lock()

    def run(self, url: str, story: list[str] | None) -> int:
        """Run until a stop signal, or until a first process fails; returns the exit code.

        `story` is the command that prepares the demo's data; the web processes wait for it.
        """
        for number in (*_STOP_SIGNALS, signal.SIGHUP):
            signal.signal(number, lambda number, _frame: self._events.put(number))
        with ExitStack() as stack:
            if story is not None:
                self._start_first(stack, story)
                if self._events.get() != _READY:
                    return self._exit_code
            # Alone at first: the processor belongs to the process that answers the first request.
            first = self._start_first(stack, [*self._web, "--number", "1"])
            self._supervisors.append(first)
            return self._handle_events(stack, url)

    def _handle_events(self, stack: ExitStack, url: str) -> int:
        started = False
        while True:
            event = self._events.get()
            if event == _READY and not started:
                started = True
                typer.echo(f"Fyr listens on {url}/ and Ctrl-C ends it.")
                self._start_others(stack)
                systemd.notify("READY=1")
            elif event == signal.SIGHUP:
                Thread(target=self._replace_all, daemon=True).start()
            elif event != _READY:
                systemd.notify("STOPPING=1")
                for supervisor in reversed(self._supervisors):
                    supervisor.begin_stop()
                return self._exit_code

    def _start_first(self, stack: ExitStack, command: list[str]) -> Supervisor:
        supervisor = Supervisor(
            command,
            self._fds,
            reports_ready=True,
            on_ready=self._on_ready,
            on_failure=self._on_failure,
        )
        return stack.enter_context(supervisor)

    def _start_others(self, stack: ExitStack) -> None:
        for number in range(2, self._count + 1):
            command = [*self._web, "--number", str(number)]
            supervisor = Supervisor(command, self._fds, reports_ready=True)
            self._supervisors.append(stack.enter_context(supervisor))
        for command in self._others:
            self._supervisors.append(stack.enter_context(Supervisor(command)))

    def _on_ready(self) -> None:
        self._events.put(_READY)

    def _on_failure(self, code: int) -> None:
        self._exit_code = code if code > 0 else 1
        self._events.put(signal.SIGTERM)

    def _replace_all(self) -> None:
        # One after another: when one fails to start, those after it are left as they are.
        with self._replacing:
            if all(supervisor.replace() for supervisor in self._supervisors):
                _log.info("serve.renewed processes=%d", len(self._supervisors))


def _shared_memory() -> int:
    """A descriptor of memory for the counters of all web processes; it ends with the last user."""
    counters = os.memfd_create("fyr-counters")
    os.ftruncate(counters, _COUNTERS_BYTES)
    return counters


def _configure_demo() -> None:
    folder = Path(os.environ.setdefault("FYR_DATA_DIR", str(_DEMO_DIR)))
    # The demo must not write to the database that a `.env` file names.
    os.environ.setdefault("FYR_DATABASE_URL", "")
    os.environ.setdefault("FYR_ALLOWED_NETWORKS", "127.0.0.0/8")
    # Mails of the demo are files; `fyr story` shows them.
    os.environ.setdefault("FYR_SMTP_URL", f"maildir:{folder.resolve() / 'mail'}")
    os.environ.setdefault("FYR_MAIL_FROM", "status@netpark.example")
    os.environ.setdefault("FYR_LOG_LEVEL", "warning")
