"""Compiled SQL statements, shared by all engines of a process.

Each engine compiles every statement for itself. A test that opens an engine of its own executes
most statements once: compiling them took a quarter of the processor time of such tests.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache

__all__ = ["shared_statements"]

_CAPACITY = 3000


@contextmanager
def shared_statements() -> Iterator[None]:
    """While this lasts, a statement that any engine compiled is compiled for all of its kind."""
    cache: LRUCache[object, object] = LRUCache(_CAPACITY)

    def share(connection: Connection) -> None:
        connection.execution_options(compiled_cache=cache)

    with pytest.MonkeyPatch.context() as patch:
        # The dialect is part of the key of the cache. All engines of a run have equal ones: one
        # version of each database, no options that change the SQL.
        patch.setattr(DefaultDialect, "__eq__", lambda self, other: type(self) is type(other))
        patch.setattr(DefaultDialect, "__hash__", lambda self: hash(type(self)))
        event.listen(Engine, "engine_connect", share)
        yield
        event.remove(Engine, "engine_connect", share)
