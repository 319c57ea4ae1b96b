from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from scripts.programs import browser as browsers

PLAYWRIGHTS_OWN = ["-m", "playwright", "install", "chromium"]


def program(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text("#!/bin/sh\n")
    file.chmod(0o755)
    return file


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty PATH on a machine without Playwright's browsers."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "none"))
    monkeypatch.delenv("CHROMIUM", raising=False)
    return tmp_path / "bin"


def test_the_named_browser_comes_first(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(path, "chromium")
    mine = program(path, "mine")
    monkeypatch.setenv("CHROMIUM", str(mine))
    assert browsers.find() == mine


def test_a_named_browser_that_does_not_exist_is_an_error(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    program(path, "chromium")
    monkeypatch.setenv("CHROMIUM", "/no/such/thing")
    assert browsers.main() == 1
    assert "/no/such/thing is no program" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name", ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"]
)
def test_a_browser_in_the_path_is_found(path: Path, name: str) -> None:
    there = program(path, name)
    assert browsers.find() == there


def test_the_headless_shell_comes_before_a_whole_browser(path: Path) -> None:
    program(path, "chromium")
    shell = program(path, "chromium-headless-shell")
    assert browsers.find() == shell


def test_playwrights_headless_shell_comes_before_its_browser(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = path.parent / "own"
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(own))
    whole = _named_by_playwright()
    program(whole.parent, whole.name)
    revision = whole.parents[1].name.rpartition("-")[2]
    folder = own / f"chromium_headless_shell-{revision}" / "chrome-headless-shell-linux64"
    shell = program(folder, "chrome-headless-shell")
    assert browsers.find() == shell
    shell.unlink()
    assert browsers.find() == whole


def _named_by_playwright() -> Path:
    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path)


def test_without_a_browser_there_is_none(path: Path) -> None:
    assert browsers.find() is None


def test_root_with_apt_installs_debians_headless_shell(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(path, "apt-get")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    asked: list[list[str]] = []

    def run(command: list[str]) -> bool:
        asked.append(command)
        return True

    assert browsers.install(run)
    assert [command[-1] for command in asked] == ["update", "chromium-headless-shell"]


def test_a_distribution_without_the_headless_shell_gives_its_browser(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(path, "apt-get")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert browsers.install(lambda command: command[-1] in {"update", "chromium"})


def test_playwrights_browser_is_installed_where_apt_fails(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(path, "apt-get")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert browsers.install(lambda command: "playwright" in command)


def test_without_root_playwrights_browser_is_installed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(path, "apt-get")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert browsers.install(lambda command: command[1:] == PLAYWRIGHTS_OWN)


def test_without_any_browser_the_reason_is_printed_and_the_exit_code_is_1(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(browsers, "install", lambda _run: False)
    assert browsers.main() == 1
    assert "none could be installed" in capsys.readouterr().err
