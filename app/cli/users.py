"""`fyr user add|link`: staff members, from a shell."""

import sys
from typing import Annotated

import typer

from app.cli.database import open_database
from app.domain.permissions import Role
from app.settings import load_settings
from app.usecases.context import SHELL
from app.usecases.users import administration, users
from app.usecases.users.passwords import hashed

__all__ = ["user_app"]

user_app = typer.Typer(help="Staff members.", no_args_is_help=True)


@user_app.command("add")
def add_user(
    email: Annotated[str, typer.Argument(help="The e-mail address for the sign-in.")],
    role: Annotated[Role, typer.Option(help="The role of the user.")] = Role.VIEWER,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
) -> None:
    """Add a staff member."""
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    hash_ = None if password is None else hashed(password, email=users.normalized_email(email))
    with open_database(load_settings()) as database, database.writing(SHELL) as ctx:
        user = users.add_user(ctx, email, role, password=hash_)
    typer.echo(f"{user.email} is {user.role.value} now.")


@user_app.command("link")
def link_user(
    email: Annotated[str, typer.Argument(help="The e-mail address of the user.")],
    reset_second_factor: Annotated[
        bool,
        typer.Option("--reset-second-factor", help="Also remove the second factor of the user."),
    ] = False,
) -> None:
    """Print a link with which a user sets a new password."""
    settings = load_settings()
    with open_database(settings) as database, database.writing(SHELL) as ctx:
        user = administration.find_by_email(ctx, email)
        if reset_second_factor:
            administration.reset_second_factor(ctx, user.id)
        made = administration.new_link(ctx, user.id)
    typer.echo(f"{settings.base_url}/console/invitation/{made.link.secret}")
