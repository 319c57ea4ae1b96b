"""The `fyr` command."""

import sys
from typing import Annotated

import typer
from typer.exceptions import Abort, TyperException

from app import __version__
from app.cli.adding import service_app, target_app, token_app, user_app
from app.cli.data import import_, migrate
from app.cli.export import export_
from app.cli.horizon import horizon
from app.cli.judge import judge
from app.cli.probe import probe
from app.cli.serve import serve
from app.cli.worker import worker
from app.domain.errors import FyrError
from app.settings import SettingsError

__all__ = ["app", "main"]

_REFUSED = 1
_WRONG_USE = 64
_INTERRUPTED = 130

app = typer.Typer(
    name="fyr",
    help="An incident status page that your organisation runs itself.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(serve)
app.command()(worker)
app.command()(migrate)
app.command()(probe)
app.command()(judge)
app.command()(horizon)
app.command("import")(import_)
app.command("export")(export_)
app.add_typer(user_app, name="user")
app.add_typer(token_app, name="token")
app.add_typer(service_app, name="service")
app.add_typer(target_app, name="target")


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"fyr {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[  # its callback acts on it
        bool,
        typer.Option("--version", help="Print the version.", is_eager=True, callback=_tell_version),
    ] = False,
) -> None:
    """An incident status page that your organisation runs itself."""


def main() -> None:
    """Run the command; every refusal is one line on stderr and a telling exit code."""
    try:
        code = app(standalone_mode=False) or 0
    except Abort:
        code = _INTERRUPTED
    except TyperException as error:
        if str(error):  # none where the help was printed instead
            sys.stderr.write(f"fyr: {error}\n")
        code = _WRONG_USE
    except (FyrError, SettingsError) as error:
        sys.stderr.write(f"fyr: {error}\n")
        code = _REFUSED
    sys.exit(code)
