"""Processor of the inbox: processes pending events in batches per source."""

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext

from app.domain.errors import FyrError
from app.domain.ownership import ActorKind
from app.ports.monitor import Adapter
from app.usecases.context import Actor
from app.usecases.database import Database
from app.usecases.sources import inbox
from app.usecases.sources.inbox import PendingSource

__all__ = ["Processor"]

_log = logging.getLogger("fyr.hooks")

# Larger batches are hardly faster, and every other writer waits for the whole transaction.
_BATCH_SIZE = 25


def _always() -> bool:
    return True


def _at_once() -> None:
    return


class Processor:
    """Processes pending events until none is left. Several processors may share a database."""

    def __init__(
        self,
        database: Database,
        adapters: Mapping[str, Adapter],
        write_lock: AbstractContextManager[object] | None = None,
    ) -> None:
        self._database = database
        self._adapters = adapters
        # Held around each transaction. SQLite has one writer at a time, and waiting for its lock
        # (polling with back-off) takes longer than waiting for a lock of ours.
        self._write_lock = write_lock or nullcontext()

    def drain(
        self,
        *,
        should_continue: Callable[[], bool] = _always,
        begin_round: Callable[[], object] = _at_once,
    ) -> int:
        """Process pending events, in rounds with one batch per source; return their number.

        Calls `should_continue` before each transaction, and `begin_round` before each round that no
        full batch precedes. A source whose transaction fails is left to the next call. Raises
        UnavailableError if the pending sources cannot be read.
        """
        done = 0
        is_behind = False
        left: set[int] = set()
        while True:
            if not is_behind:
                begin_round()
            is_behind = False
            # Anew in each round: one source alone could send for as long as it likes.
            with self._database.reading() as ctx:
                found = [each for each in inbox.pending_sources(ctx) if each.source not in left]
            if not found:
                return done
            for source in found:
                if not should_continue():
                    return done
                processed = self._process_batch(source)
                done += processed
                is_behind = is_behind or processed >= _BATCH_SIZE
                if not processed:
                    left.add(source.source)

    def _process_batch(self, source: PendingSource) -> int:
        try:
            return self._process(source, _BATCH_SIZE)
        except FyrError as error:
            _log.warning("hook.put_off source=%s code=%s", source.source, error.code)
            return 0
        except Exception:  # noqa: BLE001  # one faulty event must not stop the others
            return self._process_single(source)

    def _process_single(self, source: PendingSource) -> int:
        """Process the oldest event alone, after a batch with it has failed."""
        try:
            return self._process(source, 1)
        except FyrError as error:
            _log.warning("hook.put_off source=%s code=%s", source.source, error.code)
            return 0
        except Exception:  # noqa: BLE001  # one faulty event must not stop the others
            _log.exception("hook.broke source=%s", source.source)
            with self._write_lock, self._database.writing(_actor(source)) as ctx:
                inbox.record_failure(ctx, source.source)
            return 1

    def _process(self, source: PendingSource, limit: int) -> int:
        with self._write_lock, self._database.writing(_actor(source)) as ctx:
            return inbox.process_batch(ctx, source.source, self._adapters, limit=limit)


def _actor(source: PendingSource) -> Actor:
    return Actor(ActorKind.SOURCE, source.name)
