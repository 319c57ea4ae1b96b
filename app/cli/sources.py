"""`fyr source ...`: sources, from a shell."""

from typing import Annotated

import typer

from app.cli.database import every_item, open_database
from app.domain.alerts.sources import AUTH_KINDS
from app.monitors import ADAPTERS
from app.secret_keys import secret_box
from app.settings import load_settings
from app.usecases.context import SHELL
from app.usecases.sources import sources
from app.usecases.sources.records import NewSource

__all__ = ["source_app"]

source_app = typer.Typer(help="Manage the sources: configured monitors.", no_args_is_help=True)

_PAGE = 100


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
    box = secret_box(settings)
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


@source_app.command("list")
def list_sources() -> None:
    """List the sources, newest first: id, state, kind, last event, name."""
    with open_database(load_settings()) as database:
        for each in every_item(
            database, lambda ctx, cursor: sources.list_sources(ctx, cursor=cursor, limit=_PAGE)
        ):
            state = "enabled" if each.enabled else "disabled"
            last = "-" if each.last_event_at is None else each.last_event_at.isoformat()
            typer.echo("\t".join((each.id, state, each.kind, last, each.name)))


@source_app.command("remove")
def remove_source(source: Annotated[str, typer.Argument(help="The id of the source.")]) -> None:
    """Remove a source: its hook URL answers 404 from now on.

    Incidents that only it kept open are handed to staff.
    """
    with open_database(load_settings()) as database, database.writing(SHELL) as ctx:
        sources.delete_source(ctx, source)
    typer.echo(f"{source} is removed.")


def _options(arguments: list[str]) -> dict[str, object]:
    options: dict[str, object] = {}
    for each in arguments:
        name, mark, value = each.partition("=")
        if not mark:
            raise typer.BadParameter(f"{each!r} is not NAME=VALUE.")
        options[name] = value.split(",") if name == "topics" else value
    return options
