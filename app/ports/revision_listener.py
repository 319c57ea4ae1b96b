"""Between what changes the page and what keeps it: who writes tells, who serves listens."""

from typing import Protocol

__all__ = ["RevisionListener"]


class RevisionListener(Protocol):
    """Wants to know when a committed change has made the revision grow."""

    def __call__(self) -> None:
        """Called after the commit, in the thread that wrote. Must return soon and never raise."""
