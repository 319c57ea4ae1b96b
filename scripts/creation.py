"""Writes the text that creates an SQLite database: the schema and the rows of the migrations."""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from app import folder
from app.db.creation import END, FILE
from app.db.migrate import upgrade

__all__ = ["main", "statements"]

_HEAD = "-- Written by `python -m scripts.creation` from the migrations.\n"
_TRANSACTION = ("BEGIN TRANSACTION;", "COMMIT;")
_SEPARATOR, _CLOSING = ", \n\t", "\n);"


def main() -> int:
    with TemporaryDirectory() as scratch:
        file = Path(scratch) / "fyr.db"
        upgrade(f"sqlite:///{file}")
        with closing(sqlite3.connect(file)) as database:
            ((public_id, now),) = database.execute("SELECT public_id, created_at FROM page")
            found = statements(database)
    text = "".join(f"{statement.removesuffix(';')}{END}" for statement in found)
    text = text.replace(f"'{public_id}'", ":public_id").replace(f"'{now}'", ":now")
    written = folder("migrations") / FILE
    written.write_text(_HEAD + text, encoding="utf-8")
    print(f"{written}: {len(found)} statements")
    return 0


def statements(database: sqlite3.Connection) -> list[str]:
    """The statements that create the database: equal for equal schemas and rows.

    Alembic copies the constraints and indexes of a table in any order. Tables come first, because
    rows and indexes refer to them.
    """
    found = [_sorted(each) for each in database.iterdump() if each not in _TRANSACTION]
    return sorted(found, key=lambda each: (not each.startswith("CREATE TABLE"), each))


def _sorted(statement: str) -> str:
    """The statement with its constraints, which stand after the columns, in order."""
    if not (statement.startswith("CREATE TABLE") and statement.endswith(_CLOSING)):
        return statement
    parts = statement.removesuffix(_CLOSING).split(_SEPARATOR)
    first = next((i for i, each in enumerate(parts) if each.startswith("CONSTRAINT")), len(parts))
    return _SEPARATOR.join(parts[:first] + sorted(parts[first:])) + _CLOSING


if __name__ == "__main__":
    sys.exit(main())
