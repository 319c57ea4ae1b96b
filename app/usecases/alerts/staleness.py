"""Alerts of which nothing is heard any more, and those that nobody ever calls resolved."""

import logging

from app.db.queries import alerts
from app.domain.alerts.alerts import AlertState
from app.domain.phrases import Phrase, Phrased
from app.usecases.alerts.actions import attach_evidence
from app.usecases.context import Ctx

__all__ = ["has_due_alerts", "update_staleness"]

_log = logging.getLogger("fyr.alerts")


def has_due_alerts(ctx: Ctx) -> bool:
    """Whether there is an alert that silence has changed."""
    return bool(
        alerts.newly_stale(ctx.session, ctx.now) or alerts.expired_alerts(ctx.session, ctx.now)
    )


def update_staleness(ctx: Ctx) -> None:
    """Tell staff of alerts that went stale, and end those that end by themselves.

    A stale alert goes on holding its incident open, and nothing public changes: silence is no
    recovery (rule 7).
    """
    for row in alerts.newly_stale(ctx.session, ctx.now):
        row.stale_at = ctx.now
        _log.warning("alert.stale source=%s alert=%s", row.source, row.id)
        said = Phrased.of(Phrase.of("monitor.stale", date=row.last_seen_at))
        attach_evidence(ctx, row.incident_id, "stale", said)
    for row in alerts.expired_alerts(ctx.session, ctx.now):
        row.state, row.ended_at = AlertState.RESOLVED.value, ctx.now
    ctx.session.flush()
