"""`fyr hook replay`: inbound events from a file."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.database import open_database
from app.domain.ownership import ActorKind
from app.monitors import ADAPTERS
from app.secret_keys import secret_box
from app.settings import load_settings
from app.usecases.context import SHELL, Actor
from app.usecases.sources import events, inbox
from app.usecases.sources.processor import Processor

__all__ = ["hook_app"]

hook_app = typer.Typer(help="Process what monitors send.", no_args_is_help=True)


@hook_app.callback()
def _group() -> None:
    """Makes typer keep `replay` as a subcommand, though it is the only one."""


@hook_app.command("replay")
def replay(
    file: Annotated[Path, typer.Argument(help="A file with the body of a request.")],
    source: Annotated[str, typer.Option(help="The id of the source.")],
    content_type: Annotated[
        str, typer.Option("--content-type", help="The Content-Type of the body.")
    ] = "application/json",
) -> None:
    """Take a file in as if the monitor had sent it now, and tell what became of it."""
    try:
        body = file.read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"{file}: {error.strerror}.") from None
    if len(body) > inbox.BODY_LIMIT:
        raise typer.BadParameter(f"{file} is larger than {inbox.BODY_LIMIT} bytes.")
    settings = load_settings()
    box = secret_box(settings)
    with open_database(settings) as database:
        with database.writing(Actor(ActorKind.SHELL, "shell")) as ctx:
            public_id = events.submit_event(ctx, box, source, body, content_type)
        Processor(database, ADAPTERS).drain()
        with database.reading(SHELL) as ctx:
            event = events.get_event(ctx, source, public_id)
    typer.echo(f"{event.id} {event.verdict.value} {event.detail}".rstrip())
