"""The `fyr` command."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated

import typer
from typer.exceptions import Abort, TyperException

from app import __version__
from app.cli.lazy_import import load
from app.domain.errors import FyrError

__all__ = ["COMMANDS", "command_line", "main"]

_REFUSED = 1
_WRONG_USE = 64
_INTERRUPTED = 130

# How `fyr serve` starts the processes it consists of.
_HIDDEN = frozenset({"web", "story"})

# Each command, or group of commands, and where it is. Only what is asked for is loaded.
COMMANDS: Mapping[str, str] = {
    "serve": "app.cli.serve:serve",
    "worker": "app.cli.worker:worker",
    "migrate": "app.cli.migrate_and_import:migrate",
    "probe": "app.cli.probe:probe",
    "judge": "app.cli.judge:judge",
    "horizon": "app.cli.horizon:horizon",
    "import": "app.cli.migrate_and_import:import_",
    "export": "app.cli.export:export_",
    "user": "app.cli.setup:user_app",
    "token": "app.cli.setup:token_app",
    "service": "app.cli.setup:service_app",
    "target": "app.cli.setup:target_app",
    "source": "app.cli.hooks:source_app",
    "hook": "app.cli.hooks:hook_app",
    "web": "app.cli.processes.web:web",
    "story": "app.cli.demo:story",
}


def command_line(names: Iterable[str] = COMMANDS) -> typer.Typer:
    """The command line with the commands of these names."""
    made = typer.Typer(
        name="fyr",
        help="An incident status page that your organisation runs itself.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    made.callback()(_root)
    for name in names:
        command = load(COMMANDS[name])
        if isinstance(command, typer.Typer):
            made.add_typer(command, name=name)
        else:
            made.command(name, hidden=name in _HIDDEN)(command)
    return made


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"fyr {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[  # its callback acts on it
        bool,
        typer.Option("--version", help="Print the version.", is_eager=True, callback=_tell_version),
    ] = False,
) -> None:
    """An incident status page that your organisation runs itself."""


def _wanted(arguments: Sequence[str]) -> Iterable[str]:
    """The commands to load: who asks for none, or for one that is not, is told of them all."""
    first = arguments[0] if arguments else ""
    if first == "--version":
        return ()
    return (first,) if first in COMMANDS else COMMANDS


def main() -> None:
    """Run the command; every refusal is one line on stderr and a telling exit code."""
    try:
        code = command_line(_wanted(sys.argv[1:]))(standalone_mode=False) or 0
    except Abort:
        code = _INTERRUPTED
    except TyperException as error:
        if str(error):  # none where the help was printed instead
            sys.stderr.write(f"fyr: {error}\n")
        code = _WRONG_USE
    except FyrError as error:
        sys.stderr.write(f"fyr: {error}\n")
        code = _REFUSED
    sys.exit(code)
