"""Listing of a bucket in a file: the tags of its objects, which do not fit into memory."""

import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from threading import Lock

__all__ = ["Listing"]


class Listing:
    """The objects with their tags. Several threads may use it."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, check_same_thread=False)
        # Nothing of it has to survive the process.
        self._connection.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
            "CREATE TABLE object (name TEXT PRIMARY KEY, tag TEXT NOT NULL) WITHOUT ROWID;"
        )
        self._lock = Lock()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def clear(self) -> None:
        """Forget all objects."""
        with self._lock:
            self._connection.execute("DELETE FROM object")
            self._connection.commit()

    def add(self, tags: Mapping[str, str]) -> None:
        """Add objects, or give them other tags."""
        with self._lock:
            self._connection.executemany("REPLACE INTO object VALUES (?, ?)", tags.items())
            self._connection.commit()

    def remove(self, names: Iterable[str]) -> None:
        """Remove objects."""
        with self._lock:
            rows = [(name,) for name in names]
            self._connection.executemany("DELETE FROM object WHERE name = ?", rows)
            self._connection.commit()

    def tags(self, names: Iterable[str]) -> Mapping[str, str]:
        """The tags of those of these objects that exist."""
        found = {}
        with self._lock:
            for name in names:
                row = self._connection.execute(
                    "SELECT tag FROM object WHERE name = ?", (name,)
                ).fetchone()
                if row is not None:
                    found[name] = row[0]
        return found
