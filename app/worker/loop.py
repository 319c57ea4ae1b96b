"""The worker: time comes in. Runs its jobs side by side until it is told to stop."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from app.domain.errors import UnavailableError
from app.worker.forecasts import Forecaster
from app.worker.prober import Prober
from app.worker.scheduled import Clockwork

__all__ = ["keep_doing", "run"]

_log = logging.getLogger(__name__)

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0

Job = Callable[[], Awaitable[float]]
Rest = Callable[[float], Awaitable[object]]


async def run(
    prober: Prober, clockwork: Clockwork, forecaster: Forecaster, stop: asyncio.Event
) -> None:
    """Probe what is due, look ahead, and move what the clock moves, until `stop` is set.

    A database that does not answer is waited for, longer each time up to half a minute.
    """
    jobs = [
        asyncio.create_task(keep_doing(job, stop))
        for job in (
            prober.turn,
            clockwork.turn,
            clockwork.process,
            clockwork.tidy,
            forecaster.turn,
        )
    ]
    await stop.wait()
    for job in jobs:
        job.cancel()
    await asyncio.gather(*jobs, return_exceptions=True)
    await prober.close()


async def keep_doing(job: Job, stop: asyncio.Event, *, rest: Rest = asyncio.sleep) -> None:
    """Do `job` again and again, after the rest it asks for or, when it fails, a growing one."""
    failures = 0
    while not stop.is_set():
        try:
            pause = await job()
            failures = 0
        except Exception as error:  # noqa: BLE001  # one bad turn must not end the others
            pause = min(_FIRST_PAUSE * 2 ** min(failures, 10), _LONGEST_PAUSE)
            failures += 1
            _tell(job, error, pause)
        await rest(pause)


def _tell(job: Job, error: Exception, pause: float) -> None:
    if isinstance(error, UnavailableError):
        _log.warning("worker.waiting seconds=%.0f cause=%s", pause, error.code)
    else:
        name = getattr(job, "__qualname__", "job")
        _log.error("worker.turn_failed job=%s", name, exc_info=error)
