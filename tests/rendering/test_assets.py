"""Assets as they are served: compact, and with every rule and statement of their files."""

import re
from pathlib import Path

import pytest

import app
from app.rendering.assets import ASSETS, asset_bytes

FOLDER = Path(app.__file__).parent / "web" / "static"
STYLES = [name for name in ASSETS if name.endswith(".css")]
SCRIPTS = [name for name in ASSETS if name.endswith(".js")]


def source(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", STYLES)
def test_a_stylesheet_loses_comments_and_white_space_alone(name: str) -> None:
    served = asset_bytes(name).decode()
    without_comments = re.sub(r"/\*.*?\*/", "", source(name), flags=re.DOTALL)
    assert "".join(served.split()) == "".join(without_comments.split())
    assert "/*" not in served


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_keeps_each_line_that_is_no_comment(name: str) -> None:
    lines = [line.strip() for line in source(name).splitlines()]
    stored = [line for line in lines if line and not line.startswith("//")]
    assert asset_bytes(name).decode().splitlines() == stored


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_script_has_a_template_literal_of_several_lines(name: str) -> None:
    assert [line for line in source(name).splitlines() if line.count("`") % 2] == []


def test_a_value_of_several_lines_keeps_its_spaces() -> None:
    for name in STYLES:
        for line in asset_bytes(name).decode().splitlines()[:-1]:
            assert line[-1] not in "{};,", name


def test_the_script_for_other_sites_is_as_it_was_released() -> None:
    assert asset_bytes("embed.js") == (FOLDER / "embed.js").read_bytes()
