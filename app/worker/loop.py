"""Worker loop: runs the worker's jobs side by side until it is stopped."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from app.domain.errors import FyrError, UnavailableError
from app.ports.spans import Span, Trace, untraced
from app.worker.forecasts import Forecaster
from app.worker.notifications import NotificationJobs
from app.worker.prober import Prober
from app.worker.scheduled import ScheduledJobs
from app.worker.wakeups import LONGEST_PAUSE, Idle, Wakeups

if TYPE_CHECKING:  # it needs the client of object stores, which few installations use
    from app.worker.backups import NightlyBackups

__all__ = ["repeat", "run"]

_log = logging.getLogger(__name__)

_FIRST_PAUSE = 1.0

Job = Callable[[], Awaitable[float | Idle]]
Sleep = Callable[[float], Awaitable[object]]


async def run(  # noqa: PLR0913  # the jobs, and what they share
    prober: Prober,
    scheduled: ScheduledJobs,
    forecaster: Forecaster,
    stop: asyncio.Event,
    notifying: NotificationJobs | None = None,
    backups: "NightlyBackups | None" = None,
    *,
    trace: Trace = untraced,
) -> None:
    """Run all jobs of the worker until `stop` is set; without `notifying`, nobody is notified.

    Without `backups`, none are written. `trace` gets a span of each turn of a job that did
    something, of each probe, and of deliveries.

    While the database is unreachable each job is retried with growing pauses of up to 30 seconds.
    """
    wakeups = Wakeups(scheduled.database)
    jobs: list[Job] = [
        prober.run_due,
        scheduled.advance,
        scheduled.process_inbox,
        scheduled.handle_subscription_requests,
        scheduled.delete_expired,
        scheduled.index_titles,
        scheduled.add_own_target,
        forecaster.run_due,
        forecaster.watch_profiles,
    ]
    forecaster.on_profiles = wakeups.wake
    prober.trace = trace
    if backups is not None:
        jobs.append(backups.run_due)
    if notifying is not None:
        jobs += [notifying.fan_out.run_due, notifying.windows.run_due, notifying.delete_expired]
        if notifying.staff_mailer is not None:
            jobs.append(notifying.staff_mailer.run_due)
        if notifying.bounce_reader is not None:
            jobs.append(notifying.bounce_reader.run_due)
    tasks = [asyncio.create_task(repeat(job, stop, wakeups=wakeups, trace=trace)) for job in jobs]
    if notifying is not None:
        notifying.deliverer.trace = trace
        notifying.deliverer.longest_pause = wakeups.longest_pause
        wakeups.listen(notifying.deliverer.wake)
        # Its turns, most of which is waiting, are not traced; what it sends is.
        # Not cancelled with the others: what it claims at that moment would stay claimed.
        deliver = asyncio.create_task(repeat(notifying.deliverer.run_due, stop))
    wakeups.start()
    await stop.wait()
    closing = asyncio.create_task(wakeups.close())
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    if notifying is not None:
        await notifying.close(deliver)
    await prober.close()
    await closing


async def repeat(
    job: Job,
    stop: asyncio.Event,
    *,
    sleep: Sleep = asyncio.sleep,
    wakeups: Wakeups | None = None,
    trace: Trace = untraced,
) -> None:
    """Call `job` until `stop` is set, pausing for the seconds that it returns.

    `wakeups` ends the pauses of an idle job; without it, the job polls. A turn after which the job
    is idle is not traced. After a failure the pause doubles each time, from one second up to 30
    seconds.
    """
    failures = 0
    while not stop.is_set():
        # A commit after this may have come too late for the job to see.
        seen = 0 if wakeups is None else wakeups.number
        pause: float | Idle
        span = Span(_name(job))
        try:
            pause = await job()
            failures = 0
        except Exception as error:  # noqa: BLE001  # a failed run must not end the other jobs
            seconds = min(_FIRST_PAUSE * 2 ** min(failures, 10), LONGEST_PAUSE)
            pause, failures = seconds, failures + 1
            span.error = error.code if isinstance(error, FyrError) else type(error).__name__
            _log_failure(job, error, seconds)
        if not isinstance(pause, Idle):
            trace(span)
            await sleep(pause)
        elif wakeups is None:
            await sleep(pause.seconds)
        else:
            await wakeups.pause(pause, seen)


def _log_failure(job: Job, error: Exception, pause: float) -> None:
    if isinstance(error, UnavailableError):
        _log.warning("worker.waiting seconds=%.0f cause=%s", pause, error.code)
    else:
        _log.error("worker.turn_failed job=%s", _name(job), exc_info=error)


def _name(job: Job) -> str:
    return str(getattr(job, "__qualname__", "job"))
