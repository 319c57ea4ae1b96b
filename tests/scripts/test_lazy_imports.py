from pathlib import Path

import pytest

from scripts.lazy_imports import problems

IMPORT = "from app.cli.lazy_import import load\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    plant(tmp_path, "app/db/migrate.py", "def upgrade(): ...")
    plant(tmp_path, "app/export/__init__.py", "LIMIT: int = 3")
    return tmp_path


def plant(root: Path, name: str, code: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(f"{code}\n")


@pytest.mark.parametrize(
    "code",
    [
        f'{IMPORT}load("app.db.migrate:upgrade")()',
        f'{IMPORT}load("app.export:LIMIT")',
        f'{IMPORT}COMMANDS = {{"up": "app.db.migrate:upgrade"}}\nload(COMMANDS["up"])',
        'import json\njson.load("app.db.migrate")',
        'TITLE = "app: a status page"',
    ],
)
def test_a_string_may_name_an_existing_attribute(root: Path, code: str) -> None:
    plant(root, "app/main.py", code)
    assert problems(root) == []


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        (f'{IMPORT}load("app.db.moved:upgrade")', "2: there is no module app.db.moved"),
        (f'{IMPORT}load("app.db.migrate:gone")', "2: app.db.migrate defines no gone"),
        ('COMMANDS = {"up": "app.db.moved:upgrade"}', "1: there is no module app.db.moved"),
        (f'{IMPORT}load("app.db.migrate")', "2: app.db.migrate is not of the form"),
        (f"{IMPORT}load(name)", "2: load(name) is not of the form"),
        (
            'from app.cli.lazy_import import load as fetch\nfetch("app.db.migrate")',
            "2: app.db.migrate is not of the form",
        ),
    ],
)
def test_a_string_that_names_no_attribute_is_found(root: Path, code: str, problem: str) -> None:
    plant(root, "app/main.py", code)
    (found,) = problems(root)
    assert found.startswith(f"app/main.py:{problem}")
