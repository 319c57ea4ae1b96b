"""A machine with Fyr: the folders that docs/operations.md names, and its commands run in them."""

import os
import re
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.e2e.releases import DAYS_VARIABLE, ROOT
from tests.e2e.serving import HAND_OVER, PATIENCE_SECONDS, Server, wait_until
from tests.network import PLAIN

__all__ = ["Machine", "documented"]

_OPERATIONS = ROOT / "docs" / "operations.md"


def documented(section: str, command: str) -> str:
    """A command, which has to stand in a section of docs/operations.md as it is."""
    text = _OPERATIONS.read_text("utf-8")
    found = re.search(rf"^## {re.escape(section)}$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found is not None, section
    lines = found[1].splitlines()
    quoted = re.findall(r"`([^`\n]+)`", found[1])
    assert command in {*lines, *quoted}, f"{section} does not give `{command}`"
    return command


@dataclass
class Machine:
    """A machine whose folders are in `folder`, and whose port systemd holds.

    `days` is how far its clock is ahead.
    """

    folder: Path
    listener: socket.socket
    days: int = 0
    server: Server | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._port: int = self.listener.getsockname()[1]
        for each in (self.data, self.settings.parent, self.folder / "bin", self.folder / "backup"):
            each.mkdir(parents=True)
        (self.folder / "deploy").symlink_to(ROOT / "deploy")

    @property
    def root(self) -> Path:
        """What is /opt/fyr."""
        return self.folder / "opt"

    @property
    def data(self) -> Path:
        """What is /var/lib/fyr."""
        return self.folder / "data"

    @property
    def settings(self) -> Path:
        """What is /etc/fyr/fyr.env."""
        return self.folder / "etc" / "fyr.env"

    @property
    def log(self) -> Path:
        """What the service has written."""
        return self.folder / "serve.log"

    @property
    def address(self) -> str:
        """The address of the service."""
        return f"http://127.0.0.1:{self._port}"

    def run(self, command: str, **placeholders: str) -> str:
        """Run a command of a document in a shell, with its places and placeholders replaced.

        Returns its output; fails when the command does.
        """
        places = {
            "/opt/fyr": self.root,
            "/etc/fyr": self.settings.parent,
            "/usr/local/bin": self.folder / "bin",
            "/var/lib/fyr": self.data,
            "/backup": self.folder / "backup",
        }
        for name, value in {**placeholders, **places}.items():
            command = command.replace(name, str(value))
        reload = f"kill -HUP {self.server.process.pid}" if self.server else "false"
        installer = {"FYR_ROOT": str(self.root), "FYR_RELOAD": reload}
        variables = {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            **(installer if "upgrade.sh" in command else {}),
            "FYR_ENV_FILE": str(self.settings),
            "FYR_DATA_DIR": str(self.data),
            DAYS_VARIABLE: str(self.days),
        }
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=self.folder,
            env=variables,
            check=False,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )
        assert done.returncode == 0, f"{command}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def start(self) -> None:
        """Start the service as its unit does, and wait until it answers.

        Probing and sending are no part of a story about pages, so it has no worker.
        """
        lines = self.settings.read_text().splitlines()
        environment = {
            "PATH": os.environ["PATH"],
            "FYR_LOG_LEVEL": "info",
            "FYR_DATA_DIR": str(self.data),
            DAYS_VARIABLE: str(self.days),
            **dict(line.split("=", 1) for line in lines),
        }
        python = str(self.root / "current" / ".venv" / "bin" / "python")
        with self.log.open("ab") as output:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-c", HAND_OVER, str(self.listener.fileno())),
                    *(python, "-m", "app.cli", "serve", "--no-worker"),
                ],
                cwd=self.data,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=[self.listener.fileno()],
            )
        self.server = Server(process, self.address, self.log)
        wait_until(
            self._is_ready, f"{self.log} tells why it does not answer", seconds=PATIENCE_SECONDS
        )

    def stop(self) -> None:
        """Stop the service, as `systemctl stop` does it."""
        if self.server is not None:
            self.server.stop(signal.SIGTERM)
            self.server = None

    def lose_power(self) -> None:
        """End every process at once; the connections to its port are refused."""
        if self.server is not None:
            for process in (*self.server.children("web"), self.server.process.pid):
                os.kill(process, signal.SIGKILL)
            self.server.process.wait()
            self.server = None
        self.listener.close()

    def regain_power(self) -> None:
        """Start with what is on the disk, at the port it had."""
        self.listener = socket.create_server(("127.0.0.1", self._port))
        self.start()

    def wait_for_log(self, words: str, count: int = 1) -> None:
        """Wait until the log has these words so many times."""
        wait_until(
            lambda: self.log.read_text().count(words) >= count,
            f"{self.log} has no {words}",
            seconds=PATIENCE_SECONDS,
        )

    def release(self) -> str:
        """The release whose console answers."""
        answer = httpx.get(f"{self.address}/console/login", verify=PLAIN, timeout=PATIENCE_SECONDS)
        assert answer.status_code == 200
        return answer.text.partition("<!-- release ")[2].partition(" ")[0]

    def _is_ready(self) -> bool:
        assert self.server is not None
        assert self.server.process.poll() is None, self.log.read_text()
        return (
            httpx.get(f"{self.address}/readyz", verify=PLAIN, timeout=PATIENCE_SECONDS).status_code
            == 200
        )
