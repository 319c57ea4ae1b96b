"""`fyr user|token|service|target add`: configuration from a shell."""

import re
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from app.cli.chains import options
from app.cli.database import open_database
from app.domain.certificates.probe_results import STARTTLS_PORTS
from app.domain.localized_text import LocalizedText
from app.domain.permissions import Role
from app.domain.validation import TITLE_LIMIT, localized
from app.settings import load_settings
from app.usecases.context import SHELL, Ctx
from app.usecases.public import pages
from app.usecases.services import services
from app.usecases.targets import targets
from app.usecases.targets.profiles import load_profiles
from app.usecases.targets.targets import NewTarget
from app.usecases.users import administration, api_tokens, users
from app.usecases.users.passwords import hashed

__all__ = ["service_app", "target_app", "token_app", "user_app"]

user_app = typer.Typer(help="Staff members.", no_args_is_help=True)
token_app = typer.Typer(help="API tokens.", no_args_is_help=True)
service_app = typer.Typer(help="Services on the page.", no_args_is_help=True)
target_app = typer.Typer(help="Endpoints that the certificate probes watch.", no_args_is_help=True)

_HTTPS = 443
_NAME_IN = re.compile(r"--name:([A-Za-z0-9-]+)(?:=(.*))?", re.DOTALL)


@user_app.callback()
@token_app.callback()
@service_app.callback()
@target_app.callback()
def _group() -> None:
    """Makes typer keep `add` as a subcommand, though each group has only one."""


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


class _WithTranslations(TyperCommand):
    """A command with `--name:TAG TEXT` as a further option, for any language tag."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401  # click's own
        names, rest = _translations(args)
        ctx.obj = names
        return super().parse_args(ctx, rest)


@service_app.command("add", cls=_WithTranslations)
def add_service(
    call: typer.Context,
    slug: Annotated[str, typer.Argument(help="The slug of the service.")],
    name: Annotated[
        str, typer.Option(help="The name; --name:sv TEXT gives it in Swedish, and so on.")
    ],
    group: Annotated[str | None, typer.Option(help="The group of the service.")] = None,
) -> None:
    """Add a service to the page."""
    translations: dict[str, str] = call.obj
    with open_database(load_settings()) as database, database.writing(SHELL) as ctx:
        default = pages.facts(ctx).default_language
        names = localized(
            {default: name, **translations},
            default=default,
            field="name",
            limit=TITLE_LIMIT,
            one_line=True,
        )
        added = services.add_service(ctx, slug, names, group=_group_name(ctx, group))
    typer.echo(f"{added.slug} is on the page now.")


@target_app.command("add")
def add_target(
    address: Annotated[
        str, typer.Argument(metavar="HOST[:PORT]", help="The host and port to probe.")
    ],
    service: Annotated[
        list[str], typer.Option(help="The slug of a service that depends on it; repeatable.")
    ],
    starttls: Annotated[str | None, typer.Option(help="Ask for TLS over this protocol.")] = None,
    publish: Annotated[
        str, typer.Option(help="auto, draft or auto_after:MINUTES: when incidents become public.")
    ] = "auto",
    profile: Annotated[
        list[str] | None, typer.Option(help="A client profile to judge for; repeatable.")
    ] = None,
    interval: Annotated[int, typer.Option(help="Seconds between probes.")] = 60,
) -> None:
    """Watch an endpoint's certificates from now on."""
    settings = load_settings()
    host, port = options.target(address, usual_port=_default_port(starttls))
    new = NewTarget(
        host,
        port,
        starttls,
        tuple(service),
        publish,
        interval,
        profiles=tuple(profile) if profile else None,
    )
    known = load_profiles(settings.data_dir / "profiles")
    with open_database(settings) as database, database.writing(SHELL) as ctx:
        added = targets.add_target(ctx, new, known)
    typer.echo(f"{added.host}:{added.port} is watched now.")


def _translations(arguments: list[str]) -> tuple[dict[str, str], list[str]]:
    """The texts of `--name:TAG TEXT` and `--name:TAG=TEXT` by tag, and the other arguments."""
    names: dict[str, str] = {}
    others: list[str] = []
    rest = iter(arguments)
    for each in rest:
        match = _NAME_IN.fullmatch(each)
        if match is None:
            others.append(each)
            continue
        tag, text = match.group(1).lower(), match.group(2)
        if text is None and (text := next(rest, None)) is None:
            raise typer.BadParameter(f"{each} needs a text.")
        names[tag] = text
    return names, others


def _default_port(starttls: str | None) -> int:
    if starttls is None:
        return _HTTPS
    if starttls not in STARTTLS_PORTS:
        raise typer.BadParameter(
            f"--starttls {starttls!r} is not one of {', '.join(STARTTLS_PORTS)}."
        )
    return STARTTLS_PORTS[starttls]


def _group_name(ctx: Ctx, group: str | None) -> LocalizedText | None:
    if group is None:
        return None
    default = pages.facts(ctx).default_language
    return localized(group, default=default, field="group", limit=TITLE_LIMIT, one_line=True)
