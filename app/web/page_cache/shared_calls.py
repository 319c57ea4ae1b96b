"""Shared calls: work in threads whose result goes to everybody who asks for it meanwhile."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from threading import Lock
from typing import Generic, TypeVar

from app.domain.errors import UnavailableError

__all__ = ["SharedCalls"]

ResultT = TypeVar("ResultT")


@dataclass(slots=True, eq=False)
class _Call(Generic[ResultT]):
    """`generation` is that of the data at the start of `work`; None until then."""

    key: bytes
    work: Callable[[], ResultT]
    substitute: Callable[[], ResultT]
    result: Future[ResultT] = field(default_factory=Future)
    generation: int | None = None


class SharedCalls(Generic[ResultT]):
    """Calls by key. Thread-safe.

    `generation` returns the generation of the data that the calls read. A caller never gets the
    result of a call that began in an earlier generation: that one may lack the last change. For one
    key, one call waits for its thread at most.
    """

    def __init__(self, generation: Callable[[], int]) -> None:
        self._generation = generation
        self._latest: dict[bytes, _Call[ResultT]] = {}
        self._pending: set[_Call[ResultT]] = set()
        self._lock = Lock()

    def submit(
        self,
        executor: Executor,
        key: bytes,
        work: Callable[[], ResultT],
        *,
        stored: Callable[[], ResultT | None],
        substitute: Callable[[], ResultT],
    ) -> Future[ResultT]:
        """The result of `work`, or what `stored` returns if that is not None.

        `substitute` returns the result, or raises the error, when `use_substitutes` is called
        before the end of `work`.
        """
        with self._lock:
            latest = self._latest.get(key)
            if latest is not None and latest.generation in {None, self._generation()}:
                return latest.result
            # Only now: a call that has just ended stored its result before it left the table.
            found = stored()
            if found is not None:
                return _completed(found)
            call = _Call(key, work, substitute)
            executor.submit(self._run, call)
            self._latest[key] = call
            self._pending.add(call)
        return call.result

    def use_substitutes(self, executor: Executor) -> None:
        """End every call with its substitute, computed in `executor`: its thread may hang."""
        for call in self._take_pending():
            executor.submit(_end, call)

    def close(self) -> None:
        """End every call with UnavailableError: its thread will not run."""
        error = UnavailableError("This process is about to end.")
        for call in self._take_pending():
            call.result.set_exception(error)

    def _run(self, call: _Call[ResultT]) -> None:
        with self._lock:
            call.generation = self._generation()
        try:
            result = call.work()
        except Exception as error:  # noqa: BLE001  # raised where the result is used
            if self._leave(call):
                call.result.set_exception(error)
            return
        if self._leave(call):
            call.result.set_result(result)

    def _take_pending(self) -> list[_Call[ResultT]]:
        with self._lock:
            pending = list(self._pending)
            self._pending.clear()
            self._latest.clear()
        return pending

    def _leave(self, call: _Call[ResultT]) -> bool:
        """Remove the call from the tables; False when somebody else has ended it."""
        with self._lock:
            if self._latest.get(call.key) is call:
                del self._latest[call.key]
            was_pending = call in self._pending
            self._pending.discard(call)
        return was_pending


def _end(call: _Call[ResultT]) -> None:
    try:
        call.result.set_result(call.substitute())
    except Exception as error:  # noqa: BLE001  # raised where the result is used
        call.result.set_exception(error)


def _completed(result: ResultT) -> Future[ResultT]:
    future: Future[ResultT] = Future()
    future.set_result(result)
    return future
