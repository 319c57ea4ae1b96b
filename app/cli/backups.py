"""`fyr backup` and `fyr restore`: the whole content of an installation as one file."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from app.cli.database import open_database, protect_files
from app.cli.lazy_import import load
from app.db.engine import make_engine
from app.secret_keys import known_keys
from app.settings import Settings, load_settings
from app.usecases.backups.backup import BackupOptions, write_backup
from app.usecases.backups.backup_file import new_file
from app.usecases.backups.document import BackupReader
from app.usecases.backups.restore import (
    Migrations,
    RestoreOptions,
    restore_backup,
    verify_header,
)
from app.usecases.context import SHELL
from app.usecases.database import Database
from app.usecases.encryption import key_fingerprint

__all__ = ["backup", "restore"]

_STDOUT = "-"
_TIMEOUT_SECONDS = 600


def backup(
    destination: Annotated[
        str, typer.Argument(metavar="FILE|-", help="The file to write; - is standard output.")
    ],
    *,
    without_personal: Annotated[
        bool,
        typer.Option(
            "--without-personal", help="Leave out staff, subscribers and the names of authors."
        ),
    ] = False,
) -> None:
    """Write everything that the database has to one file, while Fyr runs."""
    settings = load_settings()
    if destination == _STDOUT and sys.stdout.isatty():
        raise typer.BadParameter("A backup is not for a terminal; name a file, or use a pipe.")
    with open_database(settings) as database:
        present = key_fingerprint(known_keys(settings)[0])
        options = BackupOptions(present, with_personal_data=not without_personal)
        if destination == _STDOUT:
            rows = _write(database, sys.stdout.buffer, options)
        else:
            with new_file(Path(destination)) as out:
                rows = _write(database, out, options)
    typer.echo(f"Rows written: {rows}.", err=destination == _STDOUT)


def restore(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="A file that fyr backup wrote.")],
    *,
    without_secrets: Annotated[
        bool,
        typer.Option(
            "--without-secrets",
            help="Restore without the encrypted secrets, when their key is lost.",
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Verify the file and the key; write nothing.")
    ] = False,
) -> None:
    """Restore a backup into an empty database."""
    settings = load_settings()
    options = RestoreOptions(
        [key_fingerprint(each) for each in known_keys(settings, create=False)],
        with_secrets=not without_secrets,
    )
    with BackupReader(source) as reader:
        header = reader.header
        about = f"made at {header.made_at} by Fyr {header.version}"
        if dry_run:
            verify_header(header, options)
            typer.echo(f"{source} can be restored: {reader.size} rows, {about}.")
            return
        with _database(settings) as database:
            done = restore_backup(database, reader, _migrations(settings), options)
    # It shows the pages of another state.
    shutil.rmtree(settings.snapshots, ignore_errors=True)
    typer.echo(f"Rows restored: {done.rows}, {about}.")
    if done.lost:
        typer.echo("These have to be entered again:")
        for each in done.lost:
            typer.echo(f"- {each}")


def _write(database: Database, out: BinaryIO, options: BackupOptions) -> int:
    with database.reading(SHELL) as ctx:
        return write_backup(ctx, out, options)


@contextmanager
def _database(settings: Settings) -> Iterator[Database]:
    """The database as it is, without a migration."""
    if settings.is_embedded:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(make_engine(settings.database, timeout_seconds=_TIMEOUT_SECONDS))
    try:
        yield database
        protect_files(settings)
    finally:
        database.close()


def _migrations(settings: Settings) -> Migrations:
    # Alembic is imported here alone.
    upgrade, downgrade = load("app.db.migrate:upgrade"), load("app.db.migrate:downgrade")
    return Migrations(
        lambda revision: upgrade(settings.database, revision),
        lambda: downgrade(settings.database, "base"),
    )
