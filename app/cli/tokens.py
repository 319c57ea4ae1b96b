"""`fyr token ...`: API tokens, from a shell."""

from datetime import datetime
from typing import Annotated

import typer

from app.cli.database import open_database
from app.domain.permissions import Role
from app.settings import load_settings
from app.usecases.context import SHELL
from app.usecases.users import api_tokens
from app.usecases.users.api_tokens import StaffToken

__all__ = ["token_app"]

token_app = typer.Typer(help="API tokens.", no_args_is_help=True)


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


@token_app.command("list")
def list_tokens() -> None:
    """List the tokens, oldest first: id, role, state, expiry, last use, owner, name."""
    with open_database(load_settings()) as database, database.reading(SHELL) as ctx:
        for each in api_tokens.list_tokens(ctx):
            fields = (
                each.id,
                each.role.value,
                _state(each, ctx.now),
                _time(each.expires_at),
                _time(each.last_used_at),
                each.owner or "-",
                each.name,
            )
            typer.echo("\t".join(fields))


@token_app.command("revoke")
def revoke_token(token: Annotated[str, typer.Argument(help="The id of the token.")]) -> None:
    """Revoke a token: requests with it are refused from now on."""
    with open_database(load_settings()) as database, database.writing(SHELL) as ctx:
        api_tokens.revoke_token(ctx, token)
    typer.echo(f"{token} is revoked now.")


def _state(token: StaffToken, now: datetime) -> str:
    if token.revoked_at is not None:
        return "revoked"
    return "expired" if token.is_expired(now) else "valid"


def _time(at: datetime | None) -> str:
    return "-" if at is None else at.isoformat()
