"""`fyr source add` and `fyr hook replay`: sources, and inbound events from a file."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.database import open_database
from app.domain.alerts.sources import AUTH_KINDS
from app.domain.ownership import ActorKind
from app.monitors import ADAPTERS
from app.secret_keys import former_secret_keys, secret_key
from app.settings import load_settings
from app.usecases.context import SHELL, Actor
from app.usecases.encryption import SecretBox
from app.usecases.sources import events, inbox, sources
from app.usecases.sources.processor import Processor
from app.usecases.sources.records import NewSource

__all__ = ["hook_app", "source_app"]

source_app = typer.Typer(help="Manage the sources: configured monitors.", no_args_is_help=True)
hook_app = typer.Typer(help="Process what monitors send.", no_args_is_help=True)


@source_app.callback()
@hook_app.callback()
def _group() -> None:
    """Makes typer keep `add` and `replay` as subcommands, though each group has only one."""


@source_app.command("add")
def add_source(
    kind: Annotated[str, typer.Argument(help=f"One of: {', '.join(sorted(ADAPTERS))}.")],
    name: Annotated[str, typer.Argument(help="The name of the source.")],
    auth: Annotated[
        str, typer.Option(help=f"What it shows besides its token: {', '.join(AUTH_KINDS)}.")
    ] = "token",
    auth_option: Annotated[
        list[str] | None, typer.Option(help="NAME=VALUE that --auth needs; repeatable.")
    ] = None,
    publish: Annotated[
        str, typer.Option(help="draft, auto or auto_after:MINUTES: when incidents become public.")
    ] = "draft",
) -> None:
    """Listen to a monitor from now on; prints the URL that it has to call, this once."""
    settings = load_settings()
    box = SecretBox(lambda: secret_key(settings), lambda: former_secret_keys(settings))
    new = NewSource(
        kind,
        name,
        auth=auth,
        auth_options=_options(auth_option or []),
        publish=publish,
        rate_limit=settings.hook_rate,
        # The option was given explicitly, so no first valid alert is required.
        accept_untested=True,
    )
    with open_database(settings) as database, database.writing(SHELL) as ctx:
        made = sources.add_source(ctx, box, new, ADAPTERS)
    typer.echo(f"{settings.base_url}/hooks/{made.token}")
    typer.echo(f"source: {made.source.id}", err=True)
    if made.secret is not None:
        typer.echo(f"secret: {made.secret}", err=True)


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
    box = SecretBox(lambda: secret_key(settings), lambda: former_secret_keys(settings))
    with open_database(settings) as database:
        with database.writing(Actor(ActorKind.SHELL, "shell")) as ctx:
            public_id = events.submit_event(ctx, box, source, body, content_type)
        Processor(database, ADAPTERS).drain()
        with database.reading(SHELL) as ctx:
            event = events.get_event(ctx, source, public_id)
    typer.echo(f"{event.id} {event.verdict.value} {event.detail}".rstrip())


def _options(arguments: list[str]) -> dict[str, object]:
    options: dict[str, object] = {}
    for each in arguments:
        name, mark, value = each.partition("=")
        if not mark:
            raise typer.BadParameter(f"{each!r} is not NAME=VALUE.")
        options[name] = value.split(",") if name == "topics" else value
    return options
