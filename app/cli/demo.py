"""`fyr story`: the child process of `fyr serve --demo` that plays the demo's events."""

import signal
from threading import Event
from typing import Annotated

import typer

from app.cli.database import open_database, settings_with_address
from app.cli.processes.child import report_ready, when_orphaned
from app.demo.mail_sink import MailSink
from app.demo.story import Story
from app.demo.subscribers import add_demo_subscribers
from app.secret_keys import address_hashes
from app.usecases.context import SHELL

__all__ = ["story"]


def story(
    address: Annotated[str, typer.Option(help="The base URL where FYR_BASE_URL is not set.")],
    ready_fd: Annotated[
        int | None, typer.Option(help="The pipe on which to report readiness.")
    ] = None,
) -> None:
    """Play the demo until the parent process ends."""
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop.set())
    when_orphaned(stop.set)
    settings = settings_with_address(address)
    folder = settings.data_dir / "profiles"
    with (
        open_database(settings, create=True) as database,
        MailSink(settings.data_dir / "mail") as mails,
        Story(database, folder, settings.base_url, typer.echo),
    ):
        with database.writing(SHELL) as ctx:
            add_demo_subscribers(ctx, address_hashes(settings))
        typer.echo(
            f"\n  Its mails are at {mails.url}\n"
            f"  Subscribe at {settings.base_url}/en/subscribe and confirm there."
        )
        report_ready(ready_fd)
        stop.wait()
