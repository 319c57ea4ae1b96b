"""`fyr token add`: API tokens, from a shell."""

from typing import Annotated

import typer

from app.cli.database import open_database
from app.domain.permissions import Role
from app.settings import load_settings
from app.usecases.context import SHELL
from app.usecases.users import api_tokens

__all__ = ["token_app"]

token_app = typer.Typer(help="API tokens.", no_args_is_help=True)


@token_app.callback()
def _group() -> None:
    """Makes typer keep `add` as a subcommand, though it is the only one."""


@token_app.command("add")
def add_token(
    name: Annotated[str, typer.Argument(help="The name of the token.")],
    role: Annotated[Role, typer.Option(help="The role of the token.")] = Role.VIEWER,
    owner: Annotated[
        str | None, typer.Option(help="The e-mail address of the user who owns the token.")
    ] = None,
    days: Annotated[
        int, typer.Option(help="After how many days it expires.")
    ] = api_tokens.DEFAULT_DAYS,
) -> None:
    """Make an API token and print it, this once."""
    with open_database(load_settings()) as database, database.writing(SHELL) as ctx:
        token = api_tokens.add_token(ctx, name, role, owner=owner, days=days)
    typer.echo(token.secret)
