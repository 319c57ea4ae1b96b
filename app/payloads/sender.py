"""What every adapter is made of: what it is called, and how it reads."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from app.payloads.limits import limited
from app.payloads.options import OptionCheck, find_problems
from app.ports.monitor import Delivery, MonitorAlert, OptionProblem, PayloadError

__all__ = ["Sender"]


def _no_id(_delivery: Delivery) -> str | None:
    return None


@dataclass(frozen=True)
class Sender:
    """A ConfigurableAdapter of functions.

    `read` raises a PayloadError, or gives the alerts. `read_id` may raise a PayloadError too: a
    body that cannot be read has no delivery id.
    """

    kind: str
    name: str
    read: Callable[[Delivery, Mapping[str, object]], Sequence[MonitorAlert]]
    read_id: Callable[[Delivery], str | None] = _no_id
    options: Mapping[str, OptionCheck] = field(default_factory=dict)
    stale_after: timedelta | None = None

    @property
    def option_names(self) -> Sequence[str]:
        return tuple(self.options)

    def parse(self, delivery: Delivery, options: Mapping[str, object]) -> Sequence[MonitorAlert]:
        return limited(self.read(delivery, options))

    def delivery_id(self, delivery: Delivery) -> str | None:
        try:
            return self.read_id(delivery) or None
        except PayloadError:
            return None

    def check_options(self, options: Mapping[str, object]) -> Mapping[str, OptionProblem]:
        return find_problems(options, self.options)
