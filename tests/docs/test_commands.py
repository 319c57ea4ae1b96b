"""docs/commands.md documents every command with its arguments and options, and no other."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import typer
from typer.main import get_command

from app.cli import command_line

DOC = Path(__file__).resolve().parent.parent.parent / "docs" / "commands.md"
SECTION = re.compile(r"^## `(fyr [a-z -]+?)`$(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def commands_in(command: Any, path: str) -> Iterator[tuple[str, set[str]]]:  # noqa: ANN401
    """Each command below `command`, with the words that its section has to contain."""
    inner: Mapping[str, Any] | None = getattr(command, "commands", None)
    if inner is None:
        yield path, {word for parameter in command.params for word in _words(parameter)}
        return
    for name, each in inner.items():
        if each.hidden:  # for child processes
            continue
        yield from commands_in(each, f"{path} {name}")


def _words(parameter: Any) -> list[str]:  # noqa: ANN401  # click's own type is not exported
    if getattr(parameter, "hidden", False):
        return []  # for child processes
    if parameter.param_type_name == "argument":
        return [parameter.metavar or parameter.name.upper()]
    words = [*parameter.opts, *parameter.secondary_opts]
    return [word for word in words if word.startswith("--") and word != "--help"]


def documented(text: str) -> dict[str, str]:
    return {found[1]: found[2] for found in SECTION.finditer(text)}


def the_command() -> dict[str, set[str]]:
    return dict(commands_in(get_command(command_line()), "fyr"))


def test_every_command_is_documented_with_its_arguments_and_options() -> None:
    sections = documented(DOC.read_text(encoding="utf-8"))
    missing = [
        f"{command}: {word}"
        for command, words in the_command().items()
        for word in {"", *words}
        if word not in sections.get(command, "") or command not in sections
    ]
    assert missing == []


def test_every_documented_command_exists() -> None:
    assert set(documented(DOC.read_text(encoding="utf-8"))) - set(the_command()) == set()


def test_commands_are_found_with_their_options_and_arguments() -> None:
    tool, group = typer.Typer(), typer.Typer()
    tool.add_typer(group, name="user")

    @tool.command()
    def serve(
        port: int = typer.Option(8000, "--port", "-p"),
        worker: bool = typer.Option(True, "--worker/--no-worker"),  # noqa: FBT001, FBT003
    ) -> None: ...

    @group.command()
    def add(email: str = typer.Argument(metavar="EMAIL"), role: str = "viewer") -> None: ...

    found = dict(commands_in(get_command(tool), "fyr"))
    assert found == {
        "fyr serve": {"--port", "--worker", "--no-worker"},
        "fyr user add": {"EMAIL", "--role"},
    }
