"""`fyr service ...`: services on the page, from a shell."""

import re
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from app.cli.database import open_database
from app.domain.texts.localized_text import LocalizedText
from app.domain.validation import TITLE_LIMIT, localized
from app.settings import load_settings
from app.usecases.context import SHELL, Ctx
from app.usecases.public import pages
from app.usecases.services import services

__all__ = ["service_app"]

service_app = typer.Typer(help="Services on the page.", no_args_is_help=True)

_NAME_IN = re.compile(r"--name:([A-Za-z0-9-]+)(?:=(.*))?", re.DOTALL)


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


@service_app.command("list")
def list_services() -> None:
    """List the services in the order of the page: slug, state, group, name.

    The state is `shown` or `removed`.
    """
    with open_database(load_settings()) as database, database.reading(SHELL) as ctx:
        default = pages.facts(ctx).default_language
        for state, listed in (
            ("shown", services.list_services(ctx)),
            ("removed", services.list_archived(ctx)),
        ):
            for each in listed:
                typer.echo(
                    "\t".join(
                        (
                            each.slug,
                            state,
                            each.group or "-",
                            each.name.choose(default, default=default).text,
                        )
                    )
                )


@service_app.command("remove")
def remove_service(
    slug: Annotated[str, typer.Argument(help="The slug of the service.")],
) -> None:
    """Remove a service from the page. Its history stays; `fyr service restore` undoes it."""
    with open_database(load_settings()) as database, database.writing(SHELL) as ctx:
        services.archive_service(ctx, slug)
    typer.echo(f"{slug} is removed from the page.")


@service_app.command("restore")
def restore_service(
    slug: Annotated[str, typer.Argument(help="The slug of the service.")],
) -> None:
    """Put a removed service back on the page."""
    with open_database(load_settings()) as database, database.writing(SHELL) as ctx:
        services.restore_service(ctx, slug)
    typer.echo(f"{slug} is on the page again.")


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
