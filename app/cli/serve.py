"""`fyr serve`: the page, the API, and one worker beside them."""

import logging
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from app.cli import logs
from app.cli.office import opened, prepare
from app.cli.supervisor import Supervisor
from app.demo.story import Story
from app.domain.errors import UnavailableError
from app.settings import Settings, load_settings
from app.web.front.protocol import choose
from app.web.front.snapshot import SnapshotError, load

__all__ = ["serve"]

_log = logging.getLogger("fyr.serve")

_DEMO_DIR = Path("var/demo")
_GRACE_SECONDS = 1
_EVERYWHERE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104  # told apart, not listened on


def serve(
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
) -> None:
    """Serve the page and the API, with one worker as a child process."""
    if demo:
        _prepare_demo()
    if from_snapshot is not None:
        _stand_in(from_snapshot)
        no_worker = True
    settings = _settings(host, port)
    logs.configure(settings.log_level)
    if from_snapshot is None:
        _prepare(settings)
    typer.echo(f"Fyr listens on {_address(host, port)}/ and Ctrl-C ends it.")
    with ExitStack() as beside:
        if demo:
            beside.enter_context(_demo(settings))
        if not no_worker:
            flags = ["--supervised", *(["--demo"] if demo else [])]
            beside.enter_context(Supervisor(["worker", *flags]))
        uvicorn.run(
            "app.main:create_front_from_environment",
            factory=True,
            http=choose(settings.front),
            host=host,
            port=port,
            workers=workers,
            access_log=False,
            server_header=False,
            log_level="warning",
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )


def _stand_in(folder: Path) -> None:
    load(folder)
    os.environ["FYR_SNAPSHOT_DIR"] = str(folder)
    # There is no such file, and none is made: what needs a database is refused.
    os.environ["FYR_DATABASE_URL"] = f"sqlite:///{folder.resolve() / 'no-database' / 'fyr.db'}"


def _prepare(settings: Settings) -> None:
    try:
        prepare(settings)
    except UnavailableError as error:
        try:
            load(settings.snapshots)
        except SnapshotError:
            raise error from None
        _log.error("serve.without_database: %s The last snapshot is served.", error.message)


def _settings(host: str, port: int) -> Settings:
    """The settings; where nobody says what the page's address is, it is where we listen."""
    settings = load_settings()
    if "base_url" in settings.model_fields_set:
        return settings
    # Web process and worker read the environment themselves, so that is where this goes.
    os.environ["FYR_BASE_URL"] = _address(host, port)
    return load_settings()


def _address(host: str, port: int) -> str:
    """Where a browser on this machine finds what listens there."""
    here = "127.0.0.1" if host in _EVERYWHERE else host
    return f"http://[{here}]:{port}" if ":" in here else f"http://{here}:{port}"


def _prepare_demo() -> None:
    os.environ.setdefault("FYR_DATA_DIR", str(_DEMO_DIR))
    # Not the database that a `.env` file names: this one is for playing.
    os.environ.setdefault("FYR_DATABASE_URL", "")
    os.environ.setdefault("FYR_ALLOWED_NETWORKS", "127.0.0.0/8")
    os.environ.setdefault("FYR_LOG_LEVEL", "warning")


@contextmanager
def _demo(settings: Settings) -> Iterator[None]:
    folder = settings.data_dir / "profiles"
    with opened(settings) as database, Story(database, folder, settings.base_url, typer.echo):
        yield
