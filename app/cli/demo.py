"""`fyr story`: how `fyr serve --demo` starts the story beside it, in a process of its own."""

import signal
from threading import Event
from typing import Annotated

import typer

from app.cli.database import opened, settings_at
from app.cli.processes.child import tell_ready, when_orphaned
from app.demo.story import Story

__all__ = ["story"]


def story(
    address: Annotated[str, typer.Option(help="The page's address where no setting says it.")],
    ready_fd: Annotated[int | None, typer.Option(help="A pipe to tell the parent through.")] = None,
) -> None:
    """Tell the demo's story until the parent ends."""
    over = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: over.set())
    when_orphaned(over.set)
    settings = settings_at(address)
    folder = settings.data_dir / "profiles"
    with opened(settings) as database, Story(database, folder, settings.base_url, typer.echo):
        tell_ready(ready_fd)
        over.wait()
