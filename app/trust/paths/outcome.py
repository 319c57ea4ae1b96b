"""What path building answers, whatever the kind of client."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from app.domain.certificates.findings import Reason
from app.trust.x509.certificate import Certificate

__all__ = ["PathOutcome", "Paths"]


@dataclass(frozen=True, slots=True)
class PathOutcome:
    """Where one client gets at one second: `path` from the leaf as far as it came, `culprit` the
    certificate that stopped it. Host names are not path building's business.
    """

    reason: Reason
    path: tuple[Certificate, ...]
    culprit: Certificate | None = None


class Paths(Protocol):
    """The paths of one chain in one store, as one kind of client sees them.

    What does not depend on time is worked out once; `at` is then cheap for any second.
    """

    def at(self, second: int) -> PathOutcome:
        """The outcome at this second since the epoch."""

    def edges(self) -> Collection[int]:
        """The seconds at which `at` can change its answer; it is constant between two."""

    def holds(self, outcome: PathOutcome, second: int) -> bool:
        """Whether an outcome that was OK is certain to be OK at this second too, seen without a
        search; False means that `at` has to tell.
        """

    def renewed(self, leaf: Certificate) -> "Paths":
        """The same paths with this for the leaf: the one there is, with other dates. How long it
        is valid then counts no more.
        """

    @property
    def exhausted(self) -> bool:
        """Whether the search gave up on its budget, so that the answer may be too harsh."""
