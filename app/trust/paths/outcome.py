"""Result of path building, and the protocol of all path builders."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from app.domain.certificates.findings import Reason
from app.trust.x509.certificate import Certificate

__all__ = ["PathOutcome", "Paths"]


@dataclass(frozen=True, slots=True)
class PathOutcome:
    """The path that a client builds at one second, and why it fails.

    `path` begins with the leaf and ends where the client got to; `blamed_certificate` is the
    certificate that failed. Host names are not checked here.
    """

    reason: Reason
    path: tuple[Certificate, ...]
    blamed_certificate: Certificate | None = None


class Paths(Protocol):
    """The paths of one chain to the anchors of one store, as one kind of client builds them.

    What does not depend on time is computed once, so that `at` is cheap for any second.
    """

    def at(self, second: int) -> PathOutcome:
        """Return the outcome at this second since the epoch."""

    def edges(self) -> Collection[int]:
        """Return the seconds at which the outcome can change; in between it is constant."""

    def holds(self, outcome: PathOutcome, second: int) -> bool:
        """Whether an outcome that was OK is certain to be OK at this second too, found without a
        search; False means that only `at` can decide.
        """

    def renewed(self, leaf: Certificate) -> "Paths":
        """Return the paths of the chain with the leaf replaced by one that differs in its dates.

        The length of its validity no longer counts.
        """

    def participants(self) -> Collection[Certificate]:
        """Return the certificates that can be part of a path, the leaf included."""

    def leaf_dates_count(self, outcome: PathOutcome) -> bool:
        """Return whether a leaf that is out of date replaces this outcome of a leaf in date."""

    def first_second_past(self, leaf: Certificate) -> int:
        """Return the first second at which these clients take the leaf as expired."""

    @property
    def exhausted(self) -> bool:
        """Whether the search was cut short by its budget, so that an outcome may be worse than it
        should.
        """
