"""What is removed for the container image is what Fyr never uses."""

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from scripts.slim import slim

ROOT = Path(__file__).resolve().parent.parent.parent
# What pages take from CLDR, in languages with texts, with a region, and without texts.
_FORMATS = """
from datetime import UTC, datetime
from app.i18n import formats
from app.i18n.asked_language import asked_language
at = datetime(2021, 9, 30, 14, 1, tzinfo=UTC)
for tag in ("sv", "en-gb", "de-at", "zh-hant", "ar", "sr"):
    print(formats.date_time(at, tag, UTC), formats.duration(7620, tag), formats.number(10000, tag))
print(asked_language("yo"), asked_language("fr-CA"), asked_language("nn"))
"""


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with some installed packages and our catalogues, from which the rest was removed."""
    folder = tmp_path_factory.mktemp("packages")
    installed = Path(sysconfig.get_path("purelib"))
    for name in ("babel", "pygments"):
        shutil.copytree(installed / name, folder / name)
    shutil.copytree(ROOT / "locales" / "sv", folder / "app" / "_shipped" / "locales" / "sv")
    slim(folder)
    return folder


def run(code: str, packages: Path | None = None) -> str:
    """What the code prints; packages in the folder come before those that are installed."""
    environment = {"PYTHONPATH": f"{packages}:{ROOT}" if packages else str(ROOT)}
    command = [sys.executable, "-B", "-c", code]
    completed = subprocess.run(
        command, env=environment, check=True, capture_output=True, text=True, encoding="utf-8"
    )
    return completed.stdout


def test_every_language_is_written_as_before(packages: Path) -> None:
    assert run(_FORMATS, packages) == run(_FORMATS)


def test_modules_are_imported_from_their_bytecode(packages: Path) -> None:
    code = "import pygments.lexers.python as it; print(it.__file__)"
    assert run(code, packages).strip() == str(packages / "pygments/lexers/python.pyc")
    assert not [*(packages / "babel").rglob("*.py")]


def test_a_catalogue_has_the_same_messages(packages: Path) -> None:
    file = "sv/LC_MESSAGES/messages.po"
    whole, reduced = ROOT / "locales" / file, packages / "app" / "_shipped" / "locales" / file
    assert reduced.stat().st_size < whole.stat().st_size * 2 / 3
    assert messages(reduced) == messages(whole)


def messages(file: Path) -> list[tuple[object, ...]]:
    with file.open("rb") as opened:
        found = read_po(opened, abort_invalid=True)
    return [(each.id, each.string, each.context, each.flags) for each in found if each.id]
