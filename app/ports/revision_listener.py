"""Revision listener: how the page cache learns of changes that this process has committed."""

from typing import Protocol

__all__ = ["RevisionListener"]


class RevisionListener(Protocol):
    """Callback for committed changes that have incremented the revision."""

    def __call__(self) -> None:
        """Handle a change. Called after the commit in the thread that wrote; must not raise.

        The client gets its answer only when this returns.
        """
