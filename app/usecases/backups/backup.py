"""Backup of an installation: every row of every table, from one read transaction."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from app import __version__
from app.db import schema, stored_rows
from app.domain.permissions import Action
from app.usecases.backups.document import BackupHeader, BackupWriter
from app.usecases.backups.personal_data import (
    LEFT_OUT,
    PERSONAL_ROWS,
    without_personal_data,
)
from app.usecases.context import Ctx

__all__ = ["BackupOptions", "write_backup"]


@dataclass(frozen=True, slots=True)
class BackupOptions:
    """What a backup contains. `key` is the fingerprint of the secret key."""

    key: str
    with_personal_data: bool = True


def write_backup(ctx: Ctx, out: BinaryIO, options: BackupOptions) -> int:
    """Write a backup to `out`; the number of rows. Raises ForbiddenError.

    Everything is read in the transaction of `ctx`, which has to be a read transaction: it is one
    consistent state, and nobody who writes meanwhile waits.
    """
    ctx.require(Action.CONFIGURE)
    header = BackupHeader(
        version=__version__,
        revision=schema.newest(),
        database=ctx.session.get_bind().dialect.name,
        made_at=ctx.now.isoformat(timespec="seconds").replace("+00:00", "Z"),
        key=options.key,
        is_complete=options.with_personal_data,
        rows={table: _count(ctx, table, options) for table in stored_rows.tables()},
    )
    writer = BackupWriter(out, header)
    for table in stored_rows.tables():
        for row in _rows(ctx, table, options):
            writer.add(table, row)
    return writer.finish()


def _count(ctx: Ctx, table: str, options: BackupOptions) -> int:
    if options.with_personal_data:
        return stored_rows.count_rows(ctx.session, table)
    if table in LEFT_OUT:
        return 0
    return stored_rows.count_rows(ctx.session, table, PERSONAL_ROWS.get(table))


def _rows(ctx: Ctx, table: str, options: BackupOptions) -> Iterator[Mapping[str, Any]]:
    if options.with_personal_data:
        yield from stored_rows.read_rows(ctx.session, table)
    elif table not in LEFT_OUT:
        stated = (
            without_personal_data(table, row) for row in stored_rows.read_rows(ctx.session, table)
        )
        yield from (row for row in stated if row is not None)
