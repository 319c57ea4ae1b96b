"""Workers that can be killed: processes that send mail from a database to a relay.

They send to subscribers, or to staff.

Run as a program it reads one job a line and forks for each, so that the modules are imported once.
The process of a test may have threads and therefore cannot be forked.
"""

import asyncio
import json
import os
import select
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from app.channels import email
from app.db.engine import make_engine
from app.net.guard import Guard
from app.net.mail.relay import parse_relay
from app.net.mail.transport import MailTransport
from app.net.outbound import GuardedOutbound
from app.usecases.context import SHELL
from app.usecases.database import Database
from app.usecases.encryption import SecretBox
from app.usecases.outbox import upkeep
from app.usecases.outbox.recipients import RecipientMaker
from app.worker.sending.deliver import Deliverer
from app.worker.sending.lanes import SendingRules
from app.worker.sending.messages import MessageSource, render
from app.worker.sending.staff_mailer import StaffMailer
from tests.fakes import fake_hashes

_BASE_URL = "https://status.example.com"

__all__ = ["KillableWorkers"]


class KillableWorkers:
    """The program, which starts a worker whenever it is asked to."""

    def __init__(
        self, database_url: str, folder: Path, port: int, *, connections: int, staff: bool = False
    ) -> None:
        self._job = json.dumps([staff, database_url, str(folder), port, connections]) + "\n"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.worker.killable_workers"],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self) -> int:
        """Start a worker; returns a file descriptor of its process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(self._job)
        self._process.stdin.flush()
        return os.pidfd_open(int(self._process.stdout.readline()))

    def kill(self, worker: int) -> None:
        """Kill a worker with SIGKILL, and return when it has ended."""
        signal.pidfd_send_signal(worker, signal.SIGKILL)
        self.wait(worker)

    def pause(self, worker: int) -> None:
        """Stop a worker with SIGSTOP until `resume`."""
        signal.pidfd_send_signal(worker, signal.SIGSTOP)

    def resume(self, worker: int) -> None:
        """Continue a paused worker."""
        signal.pidfd_send_signal(worker, signal.SIGCONT)

    def wait(self, worker: int) -> None:
        """Return when a worker has ended by itself."""
        select.select([worker], [], [])
        os.close(worker)

    def close(self) -> None:
        """End the program."""
        self._process.communicate(timeout=60)


async def _work(staff: bool, database_url: str, folder: str, port: int, connections: int) -> None:  # noqa: FBT001  # as the job has it
    """Send until nothing waits."""
    database = Database(make_engine(database_url))
    transport = MailTransport(parse_relay(f"smtp://127.0.0.1:{port}"))
    outbound = GuardedOutbound(Guard(()), transport.open)
    if staff:
        mailer = StaffMailer(database, outbound, "status@example.com", _BASE_URL)
        while await mailer.run_due() == 0.0:
            pass
        return
    deliverer = Deliverer(
        database,
        {"email": email.CHANNEL},
        outbound,
        MessageSource(database, render, _BASE_URL),
        RecipientMaker(SecretBox(lambda: b"k" * 32), _BASE_URL),
        Path(folder),
        fake_hashes(),
        SendingRules(
            coalesce=timedelta(),
            connections={"email": connections},
            options={"email": {"mail_from": "status@example.com", "base_url": _BASE_URL}},
        ),
    )
    while True:
        await deliverer.run_due()
        with database.reading(SHELL) as ctx:
            if not upkeep.is_open(ctx):
                break
    await deliverer.close()


def _serve() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while line := sys.stdin.readline():
        pid = os.fork()
        if pid == 0:
            asyncio.run(_work(*json.loads(line)))
            os._exit(0)
        print(pid, flush=True)  # noqa: T201


if __name__ == "__main__":
    _serve()
