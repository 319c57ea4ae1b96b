"""The `fyr` command."""

import gc
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, NoReturn

import typer
from typer.exceptions import Abort, TyperException

from app import __version__
from app.cli.lazy_import import load
from app.domain.errors import FyrError

__all__ = ["COMMANDS", "command_line", "main"]

_REFUSED = 1
_WRONG_USE = 64
_INTERRUPTED = 130
_PRIVATE = 0o077

# Commands with which `fyr serve` starts its child processes; not shown in the help.
_HIDDEN = frozenset({"web", "story"})

# Each command or group of commands, as module:attribute. Only the requested one is imported.
COMMANDS: Mapping[str, str] = {
    "serve": "app.cli.serve:serve",
    "worker": "app.cli.worker:worker",
    "migrate": "app.cli.migrate:migrate",
    "probe": "app.cli.probe:probe",
    "judge": "app.cli.judge:judge",
    "horizon": "app.cli.horizon:horizon",
    "import": "app.cli.imports:import_",
    "export": "app.cli.export:export_",
    "audit": "app.cli.audit:audit_app",
    "key": "app.cli.key:key_app",
    "mail": "app.cli.mail:mail_app",
    "bounce": "app.cli.mail:bounce",
    "user": "app.cli.users:user_app",
    "token": "app.cli.tokens:token_app",
    "service": "app.cli.services:service_app",
    "target": "app.cli.targets:target_app",
    "source": "app.cli.sources:source_app",
    "subscriber": "app.cli.subscribers:subscriber_app",
    "room": "app.cli.rooms:room_app",
    "message": "app.cli.messages:message_app",
    "delivery": "app.cli.deliveries:delivery_app",
    "hook": "app.cli.hooks:hook_app",
    "web": "app.cli.processes.web:web",
    "story": "app.cli.demo:story",
}


def command_line(names: Iterable[str] = COMMANDS) -> typer.Typer:
    """The command-line interface with the commands of these names."""
    interface = typer.Typer(
        name="fyr",
        help="An incident status page that your organisation runs itself.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    interface.callback()(_root)
    for name in names:
        command = load(COMMANDS[name])
        if isinstance(command, typer.Typer):
            interface.add_typer(command, name=name)
        else:
            interface.command(name, hidden=name in _HIDDEN)(command)
    return interface


def _print_version(requested: bool) -> None:
    if requested:
        typer.echo(f"fyr {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[  # handled by its callback
        bool,
        typer.Option(
            "--version", help="Print the version.", is_eager=True, callback=_print_version
        ),
    ] = False,
) -> None:
    """An incident status page that your organisation runs itself."""


def _commands_to_load(arguments: Sequence[str]) -> Iterable[str]:
    """The requested command, or all of them for the help and for usage errors."""
    first = arguments[0] if arguments else ""
    if first == "--version":
        return ()
    return (first,) if first in COMMANDS else COMMANDS


def _load_commands() -> typer.Typer:
    # What is imported stays: the collector would search it again and again and find nothing, which
    # takes more than a third of the processor time of a start.
    gc.disable()
    try:
        return command_line(_commands_to_load(sys.argv[1:]))
    finally:
        gc.freeze()
        gc.enable()


def main() -> None:
    """Run the command. An error is printed as one line on stderr and sets the exit code.

    The files that it creates are for their owner alone, except an export, which is to be served.
    """
    former_umask = os.umask(_PRIVATE)
    if sys.argv[1:2] == ["export"]:
        os.umask(former_umask)
    try:
        _run()
    finally:
        os.umask(former_umask)


def _run() -> NoReturn:
    try:
        code = _load_commands()(standalone_mode=False) or 0
    except Abort:
        code = _INTERRUPTED
    except TyperException as error:
        if str(error):  # empty where the help was printed instead
            sys.stderr.write(f"fyr: {error}\n")
        code = _WRONG_USE
    except FyrError as error:
        sys.stderr.write(f"fyr: {error}\n")
        code = _REFUSED
    sys.exit(code)
