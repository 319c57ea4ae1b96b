"""`fyr apply` and `fyr dump`."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from app.cli.configuration import channels, page, services, sources, targets
from app.cli.configuration.document import Configuration, escaped, read_configuration
from app.cli.configuration.run import Run
from app.cli.configuration.variables import VariableNames
from app.cli.database import open_database
from app.domain.errors import InvalidError
from app.secret_keys import secret_box
from app.settings import Settings, load_settings
from app.usecases.context import SHELL, Ctx
from app.usecases.database import Database
from app.usecases.public import pages
from app.usecases.sources.quota import HookQuota
from app.web.api.request import ApiRequest

__all__ = ["apply", "dump"]


class _TrialError(Exception):
    """Ends the transaction of a trial."""


def apply(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The configuration, in YAML.")],
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the plan, and change nothing.")
    ] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove what the file does not have.")
    ] = False,
) -> None:
    """Make the configuration what a file says; a running page follows at once."""
    settings = load_settings()
    wanted = read_configuration(file)
    with open_database(settings) as database, _named(file):
        plan = _try(database, settings, wanted, prune=prune)
        _print_plan(plan)
        if dry_run or not plan.steps:
            return
        with database.writing(SHELL) as ctx:
            done = _apply(ctx, settings, wanted, prune=prune)
    typer.echo("Applied.")
    for line in done.issued:
        typer.echo(line)


def dump() -> None:
    """Print the configuration as YAML, with variables in place of secrets."""
    settings = load_settings()
    with open_database(settings) as database, database.reading(SHELL) as ctx:
        run, variables = _run(ctx, settings, prune=False), VariableNames()
        parts: dict[str, Any] = {
            "page": escaped(page.dump_page(run)),
            "groups": escaped(services.dump_groups(run)),
            "services": escaped(services.dump_services(run)),
            "targets": escaped(targets.dump_targets(run)),
            "sources": sources.dump_sources(run, variables),
            "routes": sources.dump_routes(run),
            "channels": channels.dump_channels(run),
            "rooms": channels.dump_rooms(run, variables),
        }
    typer.echo(
        "# The configuration of Fyr, for `fyr apply`. A part that is left out stays as it is."
    )
    if variables.used:
        typer.echo(f"# It needs these environment variables: {', '.join(variables.used)}")
    typer.echo(yaml.safe_dump(parts, sort_keys=False, allow_unicode=True, width=100), nl=False)


def _try(database: Database, settings: Settings, wanted: Configuration, *, prune: bool) -> Run:
    """What applying would do, found out in a transaction that is rolled back."""
    run: Run | None = None
    try:
        with database.writing(SHELL) as ctx:
            run = _apply(ctx, settings, wanted, prune=prune)
            raise _TrialError
    except _TrialError:
        assert run is not None  # noqa: S101  # _apply has returned
        return run


def _apply(ctx: Ctx, settings: Settings, wanted: Configuration, *, prune: bool) -> Run:
    """Apply each part. What others refer to is applied before, and removed after them."""
    run = _run(ctx, settings, prune=prune)
    if wanted.page is not None:
        page.apply_page(run, wanted.page)
        run = _run(ctx, settings, prune=prune, former=run)
    parts: Sequence[tuple[Any, Callable[[Run, Any], None]]] = (
        (wanted.groups, services.apply_groups),
        (wanted.services, services.apply_services),
        (wanted.targets, targets.apply_targets),
        (wanted.sources, sources.apply_sources),
        (wanted.routes, sources.apply_routes),
        (wanted.channels, channels.apply_channels),
        (wanted.rooms, channels.apply_rooms),
        (wanted.groups, services.remove_groups),
    )
    for part, apply_part in parts:
        if part is not None:
            apply_part(run, part)
    return run


def _run(ctx: Ctx, settings: Settings, *, prune: bool, former: Run | None = None) -> Run:
    """A run with the facts of the page as they are now, and the steps of a former one."""
    request = ApiRequest(
        ctx,
        pages.facts(ctx, settings.base_url),
        settings.data_dir,
        secret_box(settings),
        HookQuota(),
    )
    run = Run(request, settings, prune)
    if former is not None:
        run.steps.extend(former.steps)
    return run


def _print_plan(plan: Run) -> None:
    for step in plan.steps:
        typer.echo(str(step))
    if not plan.steps:
        typer.echo("Nothing to change.")
    if plan.surplus:
        typer.echo("Not in the file; --prune removes:")
        for step in plan.surplus:
            typer.echo(str(step))


@contextmanager
def _named(file: Path) -> Iterator[None]:
    try:
        yield
    except InvalidError as error:
        place = "" if error.field is None else f"{error.field}: "
        raise InvalidError(f"{file.name}: {place}{error.message}", code=error.code) from None
