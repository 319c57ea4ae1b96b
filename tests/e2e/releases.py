"""Releases of Fyr in folders of their own, as `deploy/upgrade.sh` installs them."""

import shutil
import site
import venv
from pathlib import Path

import app
from app.db import schema

__all__ = [
    "DAYS_VARIABLE",
    "ROOT",
    "add_migration",
    "break_start",
    "install",
    "install_next",
    "shift_clock",
]

ROOT = Path(app.__file__).resolve().parent.parent
# How many days the clock of a release with `shift_clock` is ahead.
DAYS_VARIABLE = "TEST_CLOCK_DAYS"
_COMMAND = """#!/bin/sh
exec "$(dirname "$0")/python" -m app.cli "$@"
"""
_CLOCK = f'''

import os
from datetime import timedelta

_AHEAD = timedelta(days=int(os.environ["{DAYS_VARIABLE}"]))


def system_clock() -> datetime:
    """The current time and some days."""
    return datetime.now(UTC) + _AHEAD
'''
_MIGRATION = '''
"""Add the colour of incidents."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{former}"
branch_labels = None
depends_on = None
compatible_from = {compatible_from!r}


def upgrade() -> None:
    with op.batch_alter_table("incident") as batch:
        batch.add_column(sa.Column("colour", sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("incident") as batch:
        batch.drop_column("colour")
'''


def install(root: Path, name: str) -> Path:
    """A release whose console names it at its end; returns its folder."""
    release = root / "releases" / name
    release.mkdir(parents=True)
    # With what Python has compiled: the times of the files stay.
    for each in ("app", "templates", "deploy"):
        shutil.copytree(ROOT / each, release / each)
    for each in ("locales", "migrations"):
        (release / each).symlink_to(ROOT / each)
    base = release / "templates" / "console" / "base.html"
    base.write_text(base.read_text().replace("</body>", f"<!-- release {name} --></body>"))
    venv.create(release / ".venv", symlinks=True)
    (packages,) = (release / ".venv").glob("lib/python*/site-packages")
    lines = [str(release), *site.getsitepackages()]
    (packages / "release.pth").write_text("\n".join(lines) + "\n")
    command = release / ".venv" / "bin" / "fyr"
    command.write_text(_COMMAND)
    command.chmod(0o755)
    return release


def install_next(root: Path, name: str) -> Path:
    """A release with one migration more, which the release before can work with."""
    release = install(root, name)
    migrations = release / "migrations"
    migrations.unlink()
    add_migration(migrations, schema.newest())
    return release


def add_migration(migrations: Path, compatible_from: str | None) -> str:
    """Copy the migrations into this folder and add one; returns its revision."""
    shutil.copytree(ROOT / "migrations", migrations)
    revision = "aaaa00000001"
    text = _MIGRATION.format(
        revision=revision, former=schema.newest(), compatible_from=compatible_from
    )
    (migrations / "versions" / "20991231_add_the_colour_of_incidents.py").write_text(text)
    return revision


def shift_clock(release: Path) -> None:
    """Put the clock of a release some days ahead, by a variable of the environment."""
    with (release / "app" / "ports" / "clock.py").open("a") as file:
        file.write(_CLOCK)


def break_start(release: Path) -> None:
    """Let no web process of a release start: a module that it needs is not installed."""
    module = release / "app" / "main.py"
    module.write_text(f"import module_that_is_missing\n\n{module.read_text()}")
