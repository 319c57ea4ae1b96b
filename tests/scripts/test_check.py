"""The configuration of each tool that `make check` runs reports a planted violation."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import check

ROOT = Path(__file__).resolve().parent.parent.parent
BIN = Path(sys.executable).parent


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of pyproject.toml, the packages of app/ and the modules that it names, all empty."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    app = ROOT / "app"
    named = [file for folder in ("web", "translation") for file in (app / folder).glob("*.py")]
    for file in [*app.rglob("__init__.py"), *app.glob("*.py"), *named]:
        module = tmp_path / file.relative_to(ROOT)
        module.parent.mkdir(parents=True, exist_ok=True)
        module.write_text("")
    return tmp_path


def run(project: Path, program: str, *arguments: str) -> str:
    done = subprocess.run(
        [BIN / program, *arguments], check=False, cwd=project, capture_output=True, text=True
    )
    return done.stdout + done.stderr if done.returncode else ""


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("import datetime\n\nNOW = datetime.datetime.now()\n", "DTZ005"),
        ('print("hello")\n', "T201"),
        ("from . import usecases\n", "TID252"),
        ("def rule():\n    return 1\n", "ANN201"),
        ('word = gettext(f"Hello {name}")\n', "INT001"),
        ("from datetime import datetime\n\nNOW = datetime.now\n", "TID251"),
    ],
)
def test_ruff_finds_a_planted_violation(project: Path, code: str, rule: str) -> None:
    (project / "app" / "domain" / "planted.py").write_text(code)
    assert rule in run(project, "ruff", "check", "--no-cache", "app")


def test_ruff_finds_an_unformatted_file(project: Path) -> None:
    (project / "app" / "domain" / "planted.py").write_text("x=1\n")
    assert "planted.py" in run(project, "ruff", "format", "--check", "app")


def test_mypy_is_strict(project: Path) -> None:
    (project / "planted.py").write_text("def rule(x):\n    return x\n")
    assert "no-untyped-def" in run(project, "mypy", "planted.py")


CONTRACTS = [
    ("domain/planted.py", "import app.db", "Imports go downwards only"),
    ("rendering/planted.py", "import app.usecases", "Imports go downwards only"),
    ("unplaced.py", "", "Imports go downwards only"),
    ("domain/planted.py", "import pydantic", "The domain knows no framework"),
    ("usecases/planted.py", "import fastapi", "Use cases and persistence know no HTTP"),
    ("monitors/planted.py", "import httpx", "Monitor adapters only parse"),
    ("trust/planted.py", "import socket", "Judgement does no I/O"),
    ("web/planted.py", "import app.db", "Only use cases and composition roots import persistence"),
    (
        "usecases/users/planted.py",
        "import app.usecases.sources",
        "Use cases import in one direction",
    ),
]


def test_empty_packages_keep_every_import_contract(project: Path) -> None:
    assert run(project, "lint-imports", "--no-cache") == ""


@pytest.mark.parametrize(("file", "code", "contract"), CONTRACTS)
def test_import_linter_finds_a_planted_violation(
    project: Path, file: str, code: str, contract: str
) -> None:
    (project / "app" / file).write_text(code)
    output = run(project, "lint-imports", "--no-cache")
    assert any(contract in line and "BROKEN" in line for line in output.splitlines())


def test_import_linter_finds_a_circle_of_packages(project: Path) -> None:
    console = project / "app" / "web" / "console"
    (console / "kit" / "planted.py").write_text("import app.web.console.account.planted")
    (console / "account" / "planted.py").write_text("import app.web.console.kit.planted")
    output = run(project, "lint-imports", "--no-cache")
    assert "Packages of a layer form no circle BROKEN" in output


def test_every_check_of_our_own_is_listed() -> None:
    with_problems = {
        file.stem
        for file in (ROOT / "scripts").glob("*.py")
        if "\ndef problems(root: Path" in file.read_text(encoding="utf-8")
    }
    assert set(check.MODULES) == with_problems


@pytest.mark.parametrize(("found", "code"), [([], 0), (["a.py: is wrong"], 1)])
def test_one_failing_check_fails_the_whole(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    found: list[str],
    code: int,
) -> None:
    monkeypatch.setattr(check, "TOOLS", ("planted-tool",))
    monkeypatch.setattr(check, "MODULES", ())
    monkeypatch.setattr(check, "_run_tool", lambda _command: found)
    assert check.main() == code
    assert all(problem in capsys.readouterr().out for problem in found)
