"""The worker: time comes in. Runs its jobs side by side until it is told to stop."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from app.domain.errors import UnavailableError
from app.worker.clockwork import Clockwork
from app.worker.probe import Prober

__all__ = ["run"]

_log = logging.getLogger(__name__)

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0

Job = Callable[[], Awaitable[float]]


async def run(prober: Prober, clockwork: Clockwork, stop: asyncio.Event) -> None:
    """Probe what is due and move what the clock moves, until `stop` is set.

    A database that does not answer is waited for, longer each time up to half a minute.
    """
    jobs = [
        asyncio.create_task(_forever(job, stop))
        for job in (prober.turn, clockwork.turn, clockwork.tidy)
    ]
    await stop.wait()
    for job in jobs:
        job.cancel()
    await asyncio.gather(*jobs, return_exceptions=True)
    await prober.close()


async def _forever(job: Job, stop: asyncio.Event) -> None:
    pause = _FIRST_PAUSE
    while not stop.is_set():
        try:
            await asyncio.sleep(await job())
            pause = _FIRST_PAUSE
        except UnavailableError as error:
            _log.warning("worker.waiting seconds=%.0f cause=%s", pause, error.code)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
        except Exception:  # noqa: BLE001  # one bad turn must not end the others; logged and tried again
            _log.exception("worker.turn_failed job=%s", getattr(job, "__qualname__", "job"))
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
