"""PgBouncer in transaction mode before the PostgreSQL of the tests."""

import os
import pwd
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url

from scripts.programs import pgbouncer
from tests.e2e.serving import free_port, wait_until

__all__ = ["PGBOUNCER", "pooled"]

PGBOUNCER = pgbouncer.find()
# Fewer than Fyr has connections: a transaction goes to whichever is free.
_SERVER_CONNECTIONS = 2


@contextmanager
def pooled(url: str) -> Iterator[str]:
    """The URL of this database behind a PgBouncer of its own, which ends with the context."""
    direct = make_url(url)
    port = free_port()
    user = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        file = folder / "pgbouncer.ini"
        file.write_text(
            f"""[databases]
* = host={direct.query["host"]} user={direct.username}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {_SERVER_CONNECTIONS}
max_client_conn = 200
"""
        )
        log = folder / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [str(PGBOUNCER), str(file)], user=user, stdout=output, stderr=output
            )
        try:
            wait_until(lambda: "process up" in log.read_text(), log.read_text())
            through = direct.set(host="127.0.0.1", port=port).difference_update_query(["host"])
            yield through.render_as_string(hide_password=False)
        finally:
            process.terminate()
            process.wait(30)
