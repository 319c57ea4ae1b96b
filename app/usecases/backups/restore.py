"""Restoring a backup into an empty database, of either kind."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.db import schema, stored_rows
from app.domain.errors import ConflictError, InvalidError
from app.domain.permissions import Action
from app.usecases.backups.document import BackupHeader, BackupReader
from app.usecases.backups.stored_secrets import SecretRemover
from app.usecases.context import SHELL, Ctx
from app.usecases.database import Database

__all__ = ["Migrations", "RestoreOptions", "Restored", "restore_backup", "verify_header"]

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Migrations:
    """How to migrate the database: to a revision, and back to no tables at all."""

    upgrade: Callable[[str], None]
    empty: Callable[[], None]


@dataclass(frozen=True, slots=True)
class RestoreOptions:
    """`keys` are the fingerprints of the keys that decrypt here, the present one and former ones.

    Without `with_secrets`, encrypted secrets are not restored.
    """

    keys: Collection[str]
    with_secrets: bool = True


@dataclass(frozen=True, slots=True)
class Restored:
    """The result. `lost` names each secret that has to be entered again."""

    rows: int
    lost: tuple[str, ...]


def verify_header(header: BackupHeader, options: RestoreOptions) -> None:
    """Raise InvalidError when this version of Fyr, or its key, cannot restore the backup."""
    if not schema.is_known(header.revision):
        raise InvalidError(
            f"The backup was made by Fyr {header.version}, which is newer than this one. "
            "Restore it with that version."
        )
    if options.with_secrets and header.key not in options.keys:
        raise InvalidError(
            "The secrets in the backup were encrypted with another key. Set FYR_SECRET_KEY to that "
            "of the backup, or copy its secret.key into FYR_DATA_DIR. If the key is lost, "
            "--without-secrets restores everything else."
        )


def restore_backup(
    database: Database, reader: BackupReader, migrations: Migrations, options: RestoreOptions
) -> Restored:
    """Restore a backup in one transaction, and migrate the database to the newest schema.

    The database has to be empty: ConflictError otherwise. Raises InvalidError too. After a failure
    the database is as empty as before.
    """
    verify_header(reader.header, options)
    with database.reading(SHELL) as ctx:
        _require_empty(ctx)
        has_other_schema = schema.revision(ctx.session) not in {None, reader.header.revision}
    if has_other_schema:
        migrations.empty()
    migrations.upgrade(reader.header.revision)
    remover = SecretRemover()
    restored = 0

    def rows() -> Iterator[tuple[str, Mapping[str, Any]]]:
        nonlocal restored
        for table, row in reader.rows():
            stated = row if options.with_secrets else remover.removed(table, row)
            if stated is not None:
                restored += 1
                yield table, stated

    with database.writing(SHELL) as ctx:
        ctx.require(Action.CONFIGURE)
        _require_empty(ctx)
        try:
            stored_rows.insert_rows(ctx.session, rows())
        except stored_rows.StoredRowError as error:
            raise InvalidError(
                f"The backup cannot be restored, from row {error.number + 1} on: {error}"
            ) from None
    migrations.upgrade("head")
    counted = (f"{number} {what}" for what, number in remover.counted.items())
    return Restored(restored, (*remover.named, *counted))


def _require_empty(ctx: Ctx) -> None:
    found = stored_rows.filled_tables(ctx.session)
    if found:
        some = ", ".join(f"{name} ({number})" for name, number in list(found.items())[:_SHOWN])
        raise ConflictError(
            "A backup is restored into an empty database only, and this one has rows in the tables "
            f"{some}. Create a new database, or move the file of the embedded one away."
        )
