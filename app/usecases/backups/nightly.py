"""Nightly backup: when the next one is due, and whether the last ones failed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.db.queries import worker_marks
from app.db.queries.page import page
from app.usecases.context import Ctx

__all__ = ["BackupState", "backup_state", "begin_if_due", "note_done"]

_DONE = "backup.done"
_BEGUN = "backup.begun"
# Local time at which a night's backup begins.
_HOUR = 2
_PAUSE_AFTER_FAILURE = timedelta(hours=1)
_LONGEST_AGE = timedelta(hours=26)
_LONGEST_DURATION = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class BackupState:
    """When the last backup was complete, and when the last attempt began; None for never."""

    done_at: datetime | None
    begun_at: datetime | None

    def is_failing(self, now: datetime) -> bool:
        """Whether an attempt has failed since the last backup, or no attempt was made in time."""
        if self.done_at is not None and now - self.done_at > _LONGEST_AGE:
            return True
        if self.begun_at is None or (self.done_at is not None and self.done_at >= self.begun_at):
            return False
        return now - self.begun_at > _LONGEST_DURATION


def backup_state(ctx: Ctx) -> BackupState:
    """The state of the nightly backups."""
    return BackupState(
        worker_marks.looked_until(ctx.session, _DONE),
        worker_marks.looked_until(ctx.session, _BEGUN),
    )


def begin_if_due(ctx: Ctx) -> bool:
    """Whether a backup is due. It then counts as begun: no other worker begins it as well."""
    state = backup_state(ctx)
    zone = ZoneInfo(page.read_page(ctx.session).time_zone)
    if state.done_at is not None and state.done_at >= _last_night(ctx.now, zone):
        return False
    if state.begun_at is not None and ctx.now - state.begun_at < _PAUSE_AFTER_FAILURE:
        return False
    worker_marks.set_looked_until(ctx.session, _BEGUN, ctx.now)
    return True


def note_done(ctx: Ctx) -> None:
    """Record that a backup is complete."""
    worker_marks.set_looked_until(ctx.session, _DONE, ctx.now)


def _last_night(now: datetime, zone: ZoneInfo) -> datetime:
    local = now.astimezone(zone)
    night = local.replace(hour=_HOUR, minute=0, second=0, microsecond=0, fold=0)
    return night if night <= local else night - timedelta(days=1)
