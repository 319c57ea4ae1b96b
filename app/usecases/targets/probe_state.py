"""The memory of a target's state machine, as it is kept in its row."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from app.domain.certificates.watch import CauseState, Watch

__all__ = ["watch_from_json", "watch_to_json"]


def watch_to_json(watch: Watch) -> dict[str, Any]:
    """The JSON form of `watch`."""
    return {
        key: {
            "network": state.is_network,
            "since": state.since.isoformat(),
            "last_at": state.last_at.isoformat(),
            "ages": list(state.ages),
            "raised": state.raised,
            "clean": state.clean,
            "longest_gap": state.longest_gap.total_seconds(),
        }
        for key, state in watch.causes.items()
    }


def watch_from_json(stored: Mapping[str, Any]) -> Watch:
    """The watch that `watch_to_json` made `stored` of."""
    return Watch(
        {
            key: CauseState(
                is_network=each["network"],
                since=datetime.fromisoformat(each["since"]),
                last_at=datetime.fromisoformat(each["last_at"]),
                ages=tuple(each["ages"]),
                raised=each["raised"],
                clean=each["clean"],
                longest_gap=timedelta(seconds=each["longest_gap"]),
            )
            for key, each in stored.items()
        }
    )
