"""Probe outcomes: how many probes ended how, since the beginning."""

from collections.abc import Mapping

from app.db.queries import counters
from app.usecases.context import Ctx

__all__ = ["count_probe", "probe_outcomes"]

_PROBES = "probes"


def count_probe(ctx: Ctx, outcome: str) -> None:
    """Count one probe."""
    counters.increase(ctx.session, {(_PROBES, outcome): 1})


def probe_outcomes(ctx: Ctx) -> Mapping[str, float]:
    """The numbers of probes by outcome: the state of the target, or why nothing was received."""
    return counters.read_counters(ctx.session, _PROBES)
