"""The commands of README.md, as a new operator runs them."""

import re
import shlex
from pathlib import Path

import httpx
import pytest

from app.main import create_app
from app.settings import load_settings
from tests.cast import Person
from tests.cli.program import program
from tests.console import COOKIE, PASSWORD, cookie_of, send

README = Path(__file__).resolve().parents[2] / "README.md"


def commands() -> list[list[str]]:
    """The commands of the first block under "Run it" that Fyr runs and that end by themselves."""
    block = re.search(r"^## Run it$.*?^```$(.*?)^```$", README.read_text("utf-8"), re.M | re.S)
    assert block is not None
    words = [shlex.split(line) for line in block[1].splitlines()]
    return [each[1:] for each in words if each[:1] == ["fyr"] and each[1:] != ["serve"]]


def sign_in_with(link: str) -> httpx.Response:
    """Choose a password at the link, sign in with it, and open the console."""
    app = create_app(load_settings())
    visitor = Person(app, {})
    path = "/" + link.split("/", 3)[3]
    assert send(visitor, path, {"password": PASSWORD}).status_code == 303
    login = {"email": "ada@example.com", "password": PASSWORD}
    cookie = cookie_of(send(visitor, "/console/login", login))
    response = Person(app, {"Cookie": f"{COOKIE}={cookie}"}).get("/console/")
    app.state.fyr.database.close()
    return response


def test_the_readme_leads_to_a_signed_in_console(
    tmp_path: Path,
    sqlite_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FYR_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("FYR_BASE_URL", "https://status.example.com")
    fyr = program(monkeypatch, capsys)
    outputs = {" ".join(each[:2]): fyr(*each) for each in commands()}
    assert {done.code for done in outputs.values()} == {0}
    (link,) = re.findall(r"^https://.*$", outputs["user add"].out, re.M)
    console = sign_in_with(link)
    assert (console.status_code, "ada@example.com" in console.text) == (200, True)
