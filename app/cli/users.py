"""`fyr user ...`: staff members, from a shell."""

import sys
from typing import Annotated

import typer

from app.cli.database import open_database
from app.domain.permissions import Role
from app.settings import Settings, load_settings
from app.usecases.context import SHELL
from app.usecases.users import administration, users
from app.usecases.users.administration import Invited
from app.usecases.users.passwords.passwords import PasswordHash, hashed

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
    """Add a staff member. Without a password, a link is printed for choosing one."""
    settings = load_settings()
    new = _password_from_stdin(users.normalized_email(email)) if password_stdin else None
    with open_database(settings) as database, database.writing(SHELL) as ctx:
        if new is not None:
            users.add_user(ctx, email, role, password=new)
        else:
            invited = administration.invite(ctx, email, role)
    typer.echo(f"{users.normalized_email(email)} is {role.value} now.")
    if new is None:
        typer.echo("This link, valid once and for one week, is for choosing a password:")
        typer.echo(_url(settings, invited))


@user_app.command("list")
def list_users() -> None:
    """List the staff members, oldest first: id, role, state, last sign-in, e-mail address."""
    with open_database(load_settings()) as database, database.reading(SHELL) as ctx:
        for each in administration.list_user_details(ctx):
            state = "active" if each.disabled_at is None else "disabled"
            seen = "-" if each.signed_in_at is None else each.signed_in_at.isoformat()
            typer.echo("\t".join((each.id, each.role.value, state, seen, each.email)))


@user_app.command("passwd")
def set_password(
    email: Annotated[str, typer.Argument(help="The e-mail address of the user.")],
) -> None:
    """Set the password of a user, read from standard input. Ends all sessions of the user."""
    new = _password_from_stdin(users.normalized_email(email))
    with open_database(load_settings()) as database, database.writing(SHELL) as ctx:
        user = administration.find_by_email(ctx, email)
        administration.set_password(ctx, user.id, new)
    typer.echo(f"{user.email} has a new password.")


@user_app.command("role")
def set_role(
    email: Annotated[str, typer.Argument(help="The e-mail address of the user.")],
    role: Annotated[Role, typer.Argument(help="The new role.")],
) -> None:
    """Give a user another role. Ends all sessions of the user."""
    with open_database(load_settings()) as database, database.writing(SHELL) as ctx:
        user = administration.find_by_email(ctx, email)
        administration.update_user(ctx, user.id, role=role)
    typer.echo(f"{user.email} is {role.value} now.")


@user_app.command("disable")
def disable_user(
    email: Annotated[str, typer.Argument(help="The e-mail address of the user.")],
) -> None:
    """End the access of a user: sessions, links and API tokens."""
    _disable(email, disabled=True)


@user_app.command("enable")
def enable_user(
    email: Annotated[str, typer.Argument(help="The e-mail address of the user.")],
) -> None:
    """Let a disabled user sign in again."""
    _disable(email, disabled=False)


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
    typer.echo(_url(settings, made))


def _disable(email: str, *, disabled: bool) -> None:
    with open_database(load_settings()) as database, database.writing(SHELL) as ctx:
        user = administration.find_by_email(ctx, email)
        administration.update_user(ctx, user.id, disabled=disabled)
    typer.echo(f"{user.email} is {'disabled' if disabled else 'enabled'} now.")


def _password_from_stdin(email: str) -> PasswordHash:
    if sys.stdin.isatty():
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    return hashed(password, email=email)


def _url(settings: Settings, invited: Invited) -> str:
    return f"{settings.base_url}/console/invitation/{invited.link.secret}"
