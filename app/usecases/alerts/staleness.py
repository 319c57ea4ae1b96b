"""Stale alerts (no events for too long), and alerts that expire without a resolve."""

import logging

from app.db.queries.alerts import alerts
from app.domain.alerts.alerts import AlertState
from app.domain.texts.phrases import Phrase, Phrased
from app.usecases.alerts.actions import attach_evidence
from app.usecases.context import Ctx

__all__ = ["has_due_alerts", "update_staleness"]

_log = logging.getLogger("fyr.alerts")


def has_due_alerts(ctx: Ctx) -> bool:
    """Whether an alert has become stale or has expired."""
    return bool(
        alerts.newly_stale(ctx.session, ctx.now) or alerts.expired_alerts(ctx.session, ctx.now)
    )


def update_staleness(ctx: Ctx) -> None:
    """Mark stale alerts, with evidence for staff, and resolve expired ones.

    A stale alert keeps its incident open and changes nothing public, because missing events are no
    recovery (rule 7).
    """
    for row in alerts.newly_stale(ctx.session, ctx.now):
        row.stale_at = ctx.now
        _log.warning("alert.stale source=%s alert=%s", row.source, row.id)
        body = Phrased.of(Phrase.of("monitor.stale", date=row.last_seen_at))
        attach_evidence(ctx, row.incident_id, "stale", body)
    for row in alerts.expired_alerts(ctx.session, ctx.now):
        row.state, row.ended_at = AlertState.RESOLVED.value, ctx.now
    ctx.session.flush()
