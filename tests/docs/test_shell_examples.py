"""The commands in fenced blocks of the documents can be run as they are written.

Lines of `fyr` are parsed by the command itself, without running it; lines of `make` name a target.
shell_lines.py has, for each line, the test that tries it, or the reason why none does.
"""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.exceptions import TyperException
from typer.main import get_command

from app.cli import command_line
from tests.cli.program import Fyr
from tests.docs.shell_lines import (
    NOT_SHELL,
    NOT_TRIED,
    NOT_TRIED_BEGINNINGS,
    TRIED,
    TRIED_DOCUMENTS,
)

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *(each for each in sorted((ROOT / "docs").rglob("*.md")) if each.parent.name != "adr"),
]
BLOCK = re.compile(r"^ *```([^\n`]*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"(^|\s+)#\s.*$")
SETTING = re.compile(r"FYR_[A-Z_]+=\S*(?:, \S+)*")
TARGET = re.compile(r"^([a-z0-9-]+):.*## ", re.MULTILINE)


def shell_lines(text: str) -> Iterator[str]:
    """The commands of a document, without comments and prompts; continued lines are joined.

    An output, in a block of a command with a prompt, is left out.
    """
    for language, block in BLOCK.findall(text):
        lines = re.sub(r"\\\n\s*", "", block).splitlines()
        lines = [line for each in lines if (line := COMMENT.sub("", each.strip()))]
        lines = [each for each in lines if not SETTING.fullmatch(each)]
        if language not in {"", "sh"} or not lines or lines[0].startswith(NOT_SHELL):
            continue
        prompted = [each.removeprefix("$ ") for each in lines if each.startswith("$ ")]
        beginning = next((each for each in NOT_TRIED_BEGINNINGS if lines[0].startswith(each)), "")
        yield from [beginning] if beginning else prompted or lines


def all_lines() -> list[tuple[str, str]]:
    """The name of the document and the text of each command."""
    return [
        (file.relative_to(ROOT).as_posix(), line)
        for file in DOCUMENTS
        for line in shell_lines(file.read_text(encoding="utf-8"))
    ]


LINES = [each for each in all_lines() if each[0] not in TRIED_DOCUMENTS]


def test_each_command_is_tried_by_a_test_or_has_a_reason_why_not() -> None:
    known = {*TRIED, *NOT_TRIED, *NOT_TRIED_BEGINNINGS}
    assert [each for each in LINES if each[1] not in known] == []


def test_what_is_listed_is_in_a_document() -> None:
    present = {line for _, line in LINES}
    assert {*TRIED, *NOT_TRIED, *NOT_TRIED_BEGINNINGS} - present == set()
    assert TRIED.keys() & NOT_TRIED.keys() == set()
    blocks = [
        block.strip()
        for file in DOCUMENTS
        for _, block in BLOCK.findall(file.read_text(encoding="utf-8"))
    ]
    assert [each for each in NOT_SHELL if not any(b.startswith(each) for b in blocks)] == []


@pytest.mark.parametrize(("line", "test"), [*TRIED.items(), *TRIED_DOCUMENTS.items()])
def test_a_test_that_tries_a_command_exists_and_runs_it(line: str, test: str) -> None:
    file, _, name = test.partition("::")
    text = (ROOT / file).read_text(encoding="utf-8")
    assert f"def {name}(" in text
    found = re.search(r"(?<!\S)fyr ([a-z]+)", line)
    # Others read the command from a document or from a sample.
    if found and file.startswith("tests/cli/"):
        assert f'"{found[1]}"' in text


def test_lines_are_found_without_comments_prompts_and_outputs() -> None:
    text = "```\nmake   # lists\nfyr a \\\n  b\n```\n```json\n{}\n```\n```\n$ fyr c\nout\n```\n"
    assert list(shell_lines(text)) == ["make", "fyr a b", "fyr c"]


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


@pytest.mark.parametrize(("document", "line"), LINES)
def test_a_command_of_a_document_is_one_that_can_be_run(document: str, line: str) -> None:
    words = last_command(line)
    name, *arguments = words or [""]
    if name == "fyr":
        parse(arguments)
    elif name == "make":
        assert unknown_targets(arguments) == [], document


def run(fyr: Fyr, beginning: str) -> str:
    """Run the only line of the documents that begins so."""
    (line,) = {each for _, each in LINES if each.startswith(beginning)}
    done = fyr(*shlex.split(line)[1:])
    assert done.code == 0, done.err
    return done.out


def test_a_source_is_added_as_the_document_says(fyr: Fyr) -> None:
    assert "/hooks/" in run(fyr, "fyr source add ")


def test_a_room_is_added_as_the_document_says(fyr: Fyr) -> None:
    assert run(fyr, "fyr room add ").split()[0] in fyr("room", "list").out


def unknown_targets(arguments: list[str]) -> list[str]:
    targets = TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8"))
    return [word for word in arguments if "=" not in word and word not in targets]


@pytest.mark.parametrize(
    "words",
    [["serve", "--gone"], ["gone"], ["target", "add"], ["worker", "more"], ["user", "gone"]],
)
def test_a_command_that_does_not_exist_is_found(words: list[str]) -> None:
    with pytest.raises(TyperException):
        parse(words)


def test_a_target_of_make_that_does_not_exist_is_found() -> None:
    assert unknown_targets(["check", "gone", "T=tests"]) == ["gone"]
