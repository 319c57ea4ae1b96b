"""`fyr audit verify|export`: verify the chain of the audit log, and write the log as JSON Lines."""

import json
import re
import sys
from typing import Annotated

import typer

from app.cli.database import open_database
from app.domain.audit import AuditFilter
from app.domain.errors import FyrError
from app.settings import load_settings
from app.usecases import audit, audit_chain
from app.usecases.audit_chain import NotedEntry
from app.usecases.context import SHELL

__all__ = ["audit_app"]

audit_app = typer.Typer(help="The audit log.", no_args_is_help=True)

_FAULTS = {
    "changed": "was changed after it was written",
    "detached": "does not follow the entry before it, which was changed or removed",
    "removed": "is the first one, but entries before it were removed outside of their retention",
    "replaced": "has another hash than the one that was noted",
    "ended": "is the last one, but a later position was noted",
}


class AuditChainError(FyrError):
    """The audit log was changed; the message names the first entry that does not fit."""

    code = "audit_chain"


def _noted(text: str) -> NotedEntry:
    """The position and the hash that `verify` has printed."""
    found = re.fullmatch(r"([0-9]{1,18})[:, ]+([0-9a-f]{64})", text.strip())
    if found is None:
        raise typer.BadParameter("Write the position and the hash, such as 1204:5f0c6a...")
    return NotedEntry(int(found[1]), found[2])


@audit_app.command("verify")
def verify(
    noted: Annotated[
        NotedEntry | None,
        typer.Option(
            parser=_noted,
            metavar="POSITION:HASH",
            help="What an earlier verification printed: that entry must still be there.",
        ),
    ] = None,
) -> None:
    """Verify that no entry was changed, inserted or removed; print the last hash."""
    with open_database(load_settings()) as database, database.reading(SHELL) as ctx:
        found = audit_chain.verify(ctx, noted)
    if found.fault is not None:
        fault = found.fault
        raise AuditChainError(
            f"Entry {fault.id} at position {fault.position} {_FAULTS[fault.kind]}. "
            f"{found.entries} entries before it are intact."
        )
    typer.echo(f"{found.entries} entries are intact. Position {found.position}, {found.hash}")
    if found.unchained:
        typer.echo(
            f"{found.unchained} entries have no hash yet; the next change adds it.", err=True
        )


@audit_app.command("export")
def export() -> None:
    """Write all entries to stdout as JSON Lines, newest first."""
    with open_database(load_settings()) as database:
        with database.writing(SHELL) as ctx:
            audit.record(ctx, "audit.export", "audit", "", after={"format": "jsonl"})
        for batch in audit.entry_batches(lambda: database.reading(SHELL), AuditFilter()):
            for entry in batch:
                sys.stdout.write(json.dumps(audit.entry_fields(entry)) + "\n")
