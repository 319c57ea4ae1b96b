"""Runs `fyr` in this process, as its script would."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper

import pytest

from app.cli import main

__all__ = ["Done", "Fyr", "program"]


@dataclass(frozen=True, slots=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str


Fyr = Callable[..., Done]


def program(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Fyr:
    """`fyr(*arguments, stdin="")` runs a command."""

    def run(*arguments: str, stdin: str = "") -> Done:
        capsys.readouterr()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["fyr", *arguments])
            patch.setattr(sys, "stdin", TextIOWrapper(BytesIO(stdin.encode())))
            with pytest.raises(SystemExit) as ended:
                main()
        output = capsys.readouterr()
        code = ended.value.code
        return Done(code if isinstance(code, int) else 0, output.out, output.err)

    return run
