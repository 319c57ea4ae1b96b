"""Logging of all processes: one line for each event, on stderr."""

import logging

__all__ = ["configure"]


def configure(level: str) -> None:
    """Log at `level` and above. Callers of the loggers never pass payloads or tokens."""
    logging.basicConfig(
        level=level.upper(), format="%(asctime)s %(levelname)s %(message)s", datefmt="%H:%M:%S"
    )
    # At INFO these log each connection and each migration.
    for name in ("asyncio", "alembic", "httpx"):
        logging.getLogger(name).setLevel(logging.WARNING)
