"""`fyr service add`: services on the page, from a shell."""

import re
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from app.cli.database import open_database
from app.domain.localized_text import LocalizedText
from app.domain.validation import TITLE_LIMIT, localized
from app.settings import load_settings
from app.usecases.context import SHELL, Ctx
from app.usecases.public import pages
from app.usecases.services import services

__all__ = ["service_app"]

service_app = typer.Typer(help="Services on the page.", no_args_is_help=True)

_NAME_IN = re.compile(r"--name:([A-Za-z0-9-]+)(?:=(.*))?", re.DOTALL)


@service_app.callback()
def _group() -> None:
    """Makes typer keep `add` as a subcommand, though it is the only one."""


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


def _group_name(ctx: Ctx, group: str | None) -> LocalizedText | None:
    if group is None:
        return None
    default = pages.facts(ctx).default_language
    return localized(group, default=default, field="group", limit=TITLE_LIMIT, one_line=True)
