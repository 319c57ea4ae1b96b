"""Works off the deliveries that wait, some of a source together in one transaction."""

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

# More are hardly faster, and whoever wants to write waits for as long as these take.
_MOST_TOGETHER = 25


def _go_on() -> bool:
    return True


class Processor:
    """Processes deliveries for as long as there are any. Any number may work on one database."""

    def __init__(
        self,
        database: Database,
        adapters: Mapping[str, Adapter],
        hold: AbstractContextManager[object] | None = None,
    ) -> None:
        self._database = database
        self._adapters = adapters
        # Entered around each transaction: where there is one writer at a time, whoever waits in
        # the database waits longer than who waits here.
        self._hold = hold or nullcontext()

    def drain(self, *, may_go_on: Callable[[], bool] = _go_on) -> int:
        """Process what waits, source by source in turn; tells how many deliveries that were.

        Asks `may_go_on` before each transaction. What the database does not take now stays for the
        next time. Raises UnavailableError when it does not even say what waits.
        """
        with self._database.reading() as ctx:
            left = list(inbox.pending_sources(ctx))
        done = 0
        while left:
            for source in tuple(left):
                if not may_go_on():
                    return done
                if processed := self._process_some(source):
                    done += processed
                else:
                    left.remove(source)
        return done

    def _process_some(self, source: PendingSource) -> int:
        try:
            return self._process(source, _MOST_TOGETHER)
        except FyrError as error:
            _log.warning("hook.put_off source=%s code=%s", source.source, error.code)
            return 0
        except Exception:  # noqa: BLE001  # one odd delivery must not stop the others
            return self._process_one(source)

    def _process_one(self, source: PendingSource) -> int:
        """The oldest by itself, when something went wrong with it or with one after it."""
        try:
            return self._process(source, 1)
        except FyrError as error:
            _log.warning("hook.put_off source=%s code=%s", source.source, error.code)
            return 0
        except Exception:  # noqa: BLE001  # one odd delivery must not stop the others
            _log.exception("hook.broke source=%s", source.source)
            with self._hold, self._database.writing(_actor(source)) as ctx:
                inbox.record_failure(ctx, source.source)
            return 1

    def _process(self, source: PendingSource, most: int) -> int:
        with self._hold, self._database.writing(_actor(source)) as ctx:
            return inbox.process_batch(ctx, source.source, self._adapters, most=most)


def _actor(source: PendingSource) -> Actor:
    return Actor(ActorKind.SOURCE, source.name)
