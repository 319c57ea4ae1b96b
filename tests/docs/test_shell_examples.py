"""The commands in fenced blocks of the documents can be run as they are written.

Lines of `fyr` are parsed by the command itself, without running it; lines of `make` name a target.
Other programs are listed in UNTRIED, each with the reason why it is not tried here.
"""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.exceptions import TyperException
from typer.main import get_command

from app.cli import command_line

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
TARGET = re.compile(r"^([a-z0-9-]+):.*## ", re.MULTILINE)

UNTRIED = {
    "cp": "installs into /etc as root; tests/e2e/test_deploy.py verifies the units",
    "curl": "tests/docs/test_api_examples.py tries those of docs/api.md",
    "docker": "needs a container engine; tests/e2e/test_deploy.py reads the files",
    "export": "sets a variable of the shell",
    "ln": "installs into /usr/local/bin as root; tests/cli/test_data_owner.py runs deploy/fyr",
    "mkdir": "installs into /etc as root",
    "pip": "tests/e2e/test_wheel.py installs the wheel",
    ".venv/bin/pre-commit": "changes the hooks of the checkout",
    "systemctl": "needs systemd",
    "useradd": "adds a user of the system as root",
}


def lines() -> list[tuple[str, list[str]]]:
    """The name of the document and the words of each command in its blocks for a shell."""
    return [
        (file.name, words)
        for file in DOCUMENTS
        for language, block in BLOCK.findall(file.read_text(encoding="utf-8"))
        if language in {"", "sh"}
        for line in block.splitlines()
        if (words := last_command(line)) and words[0] in {"fyr", "make", *UNTRIED}
    ]


def last_command(line: str) -> list[str]:
    """The words of a line; of a pipe, those of its last command."""
    try:
        words = shlex.split(line, comments=True)
    except ValueError:  # an output, with a quotation mark of its own
        return []
    return words[len(words) - words[::-1].index("|") :] if "|" in words else words


def parse(arguments: list[str]) -> None:
    """Parse the words after `fyr`. Raises a usage error where they are wrong."""
    command: Any = get_command(command_line())
    context = command.make_context("fyr", list(arguments))
    while hasattr(command, "commands"):
        name, command, rest = command.resolve_command(
            context, [*context._protected_args, *context.args]
        )
        context = command.make_context(name, rest, parent=context)


@pytest.mark.parametrize(("document", "words"), lines())
def test_a_command_of_a_document_is_one_that_can_be_run(document: str, words: list[str]) -> None:
    name, *arguments = words
    if name == "fyr":
        parse(arguments)
    elif name == "make":
        assert unknown_targets(arguments) == [], document


def unknown_targets(arguments: list[str]) -> list[str]:
    targets = TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8"))
    return [word for word in arguments if "=" not in word and word not in targets]


def test_the_documents_have_commands_of_each_kind() -> None:
    assert {"fyr", "make", *UNTRIED} == {words[0] for _, words in lines()}


@pytest.mark.parametrize(
    "words",
    [["serve", "--gone"], ["gone"], ["target", "add"], ["worker", "more"], ["user", "gone"]],
)
def test_a_command_that_does_not_exist_is_found(words: list[str]) -> None:
    with pytest.raises(TyperException):
        parse(words)


def test_a_target_of_make_that_does_not_exist_is_found() -> None:
    assert unknown_targets(["check", "gone", "T=tests"]) == ["gone"]
