"""Logging of our processes: one line an event, on stderr."""

import logging

__all__ = ["configure"]


def configure(level: str) -> None:
    """Log at `level` and above. No payloads, no tokens: whoever logs sees to that."""
    logging.basicConfig(
        level=level.upper(), format="%(asctime)s %(levelname)s %(message)s", datefmt="%H:%M:%S"
    )
    # These speak of every connection and every revision.
    for name in ("asyncio", "alembic", "httpx"):
        logging.getLogger(name).setLevel(logging.WARNING)
