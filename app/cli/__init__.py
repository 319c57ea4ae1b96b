"""The `fyr` command."""

import gc
import os
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, NoReturn

import typer
from typer.exceptions import Abort, TyperException

from app import __version__
from app.cli.lazy_import import load
from app.domain.errors import FyrError

__all__ = ["COMMANDS", "ListedCommand", "command_line", "main"]

_REFUSED = 1
_WRONG_USE = 64
_INTERRUPTED = 130
_PRIVATE = 0o077
_NAME = "fyr"
# Set by the script of a shell that completes a line.
_COMPLETION = "_FYR_COMPLETE"

# Commands with which `fyr serve` and web processes start child processes; not in the help.
_HIDDEN = frozenset({"web", "story", "import-run"})

# These write no data; the child processes of `serve` are commands of their own.
_WITHOUT_DATA = frozenset({"serve", "probe", "judge"})


@dataclass(frozen=True, slots=True)
class ListedCommand:
    """A command or a group of commands: where it is, as module:attribute, and its short help."""

    reference: str
    help: str


# Only the requested command is imported; the help and the completion of names import none.
COMMANDS: Mapping[str, ListedCommand] = {
    "serve": ListedCommand(
        "app.cli.serve:serve", "Serve the page and the API, with one worker as a child process."
    ),
    "worker": ListedCommand(
        "app.cli.worker:worker",
        "Run one worker: certificate probes, notifications, and scheduled work.",
    ),
    "migrate": ListedCommand("app.cli.migrate:migrate", "Bring the database's schema up to date."),
    "probe": ListedCommand(
        "app.cli.probe:probe",
        "Probe every address of TLS endpoints and judge their chains as clients would.",
    ),
    "judge": ListedCommand(
        "app.cli.judge:judge", "Judge a certificate chain as clients would, now and ahead."
    ),
    "horizon": ListedCommand(
        "app.cli.horizon:horizon",
        "List which clients will stop trusting which targets, when, why, and what would help.",
    ),
    "import": ListedCommand(
        "app.cli.imports:import_",
        "Import the history of a status page (docs/import.md). Repeating it is harmless.",
    ),
    "apply": ListedCommand(
        "app.cli.configuration.commands:apply",
        "Make the configuration what a file says; a running page follows at once.",
    ),
    "dump": ListedCommand(
        "app.cli.configuration.commands:dump",
        "Print the configuration as YAML, with variables in place of secrets.",
    ),
    "export": ListedCommand(
        "app.cli.export:export_",
        "Export every page of every language, for any web server or an object store.",
    ),
    "proxy-errors": ListedCommand(
        "app.cli.proxy_errors:proxy_errors",
        "Print nginx configuration with the page that nginx sends while Fyr does not answer.",
    ),
    "backup": ListedCommand(
        "app.cli.backups:backup",
        "Write everything that the database has to one file, while Fyr runs.",
    ),
    "restore": ListedCommand("app.cli.backups:restore", "Restore a backup into an empty database."),
    "user": ListedCommand("app.cli.users:user_app", "Staff members."),
    "token": ListedCommand("app.cli.tokens:token_app", "API tokens."),
    "service": ListedCommand("app.cli.services:service_app", "Services on the page."),
    "target": ListedCommand(
        "app.cli.targets:target_app", "Targets: hosts and ports that are probed."
    ),
    "source": ListedCommand(
        "app.cli.sources:source_app", "Manage the sources: configured monitors."
    ),
    "hook": ListedCommand("app.cli.hooks:hook_app", "Process what monitors send."),
    "subscriber": ListedCommand("app.cli.subscribers:subscriber_app", "Subscribers by mail."),
    "room": ListedCommand("app.cli.rooms:room_app", "Rooms: chat channels and webhooks."),
    "translation": ListedCommand("app.cli.translation:translation_app", "Machine translation."),
    "message": ListedCommand("app.cli.messages:message_app", "Messages to subscribers."),
    "delivery": ListedCommand("app.cli.deliveries:delivery_app", "Deliveries to subscribers."),
    "mail": ListedCommand("app.cli.mail:mail_app", "E-mail."),
    "bounce": ListedCommand(
        "app.cli.mail:bounce",
        "Take a report about a mail from standard input, such as from the pipe of a mail server.",
    ),
    "audit": ListedCommand("app.cli.audit:audit_app", "The audit log."),
    "key": ListedCommand("app.cli.key:key_app", "The secret key."),
    "web": ListedCommand(
        "app.cli.processes.web:web", "Answer requests until the parent process ends."
    ),
    "import-run": ListedCommand(
        "app.cli.processes.import_run:import_run",
        "Run an import that the console or the API has started.",
    ),
    "story": ListedCommand("app.cli.demo:story", "Play the demo until the parent process ends."),
}


def command_line(names: Collection[str] = COMMANDS) -> typer.Typer:
    """The command-line interface; commands of other names are in its help, but cannot run."""
    interface = typer.Typer(
        name=_NAME,
        help="An incident status page that your organisation runs itself.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
    )
    interface.callback()(_root)
    for name, entry in COMMANDS.items():
        command = load(entry.reference) if name in names else _not_loaded
        if isinstance(command, typer.Typer):
            interface.add_typer(command, name=name)
        else:
            interface.command(name, help=entry.help, hidden=name in _HIDDEN)(command)
    return interface


def _not_loaded() -> NoReturn:
    raise AssertionError("This command is only for the help.")


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


def _commands_to_load(arguments: Sequence[str]) -> Collection[str]:
    """The requested command; none for the help, for usage errors, and to complete its name."""
    first = arguments[0] if arguments else ""
    return (first,) if first in COMMANDS else ()


def _arguments() -> Sequence[str]:
    """The arguments, or those of the line that the shell asks to complete."""
    if _COMPLETION not in os.environ:
        return sys.argv[1:]
    # Bash names the words of the line in COMP_WORDS; for other shells typer's script does.
    line = os.environ.get("COMP_WORDS") or os.environ.get("_TYPER_COMPLETE_ARGS", "")
    return line.split()[1:]


@contextmanager
def _importing() -> Iterator[None]:
    """Import without the collector.

    What is imported stays: the collector would search it again and again and find nothing, which
    takes more than a third of the processor time of a start.
    """
    gc.disable()
    try:
        yield
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


def _name_connections() -> None:
    """Name the connections of the command to PostgreSQL, such as `fyr web`.

    libpq reads the name from PGAPPNAME. One that somebody else has set stays.
    """
    given = os.environ.get("PGAPPNAME", "")
    if not given or given.startswith(f"{_NAME} "):
        os.environ["PGAPPNAME"] = " ".join((_NAME, *_commands_to_load(sys.argv[1:])))


def _leave_root() -> None:
    """Run a command that root has started as the owner of the data."""
    arguments = sys.argv[1:]
    is_help = not {"--help", "--version"}.isdisjoint(arguments) or _COMPLETION in os.environ
    command = set(_commands_to_load(arguments)) - _WITHOUT_DATA
    if os.geteuid() == 0 and command and not is_help:
        load("app.cli.data_owner:become_owner")()


def _run() -> NoReturn:
    try:
        _name_connections()
        with _importing():
            _leave_root()
            commands = command_line(_commands_to_load(_arguments()))
        code = commands(prog_name=_NAME, standalone_mode=False) or 0
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
