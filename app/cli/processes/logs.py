"""Logging of all processes: one line for each event, on stderr, as text or as JSON."""

import json
import logging
from datetime import UTC, datetime

__all__ = ["JsonFormatter", "configure"]


class JsonFormatter(logging.Formatter):
    """One JSON object a line: `at` (RFC 3339), `level`, `logger`, `message`, `error`, `audit`."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON in ASCII: a line break in a message cannot begin another line."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        if hasattr(record, "audit"):
            line["audit"] = record.audit
        return json.dumps(line, default=str)


def configure(level: str, log_format: str) -> None:
    """Log at `level` and above. Callers of the loggers never pass payloads or tokens."""
    handler = logging.StreamHandler()
    if log_format == "json":
        handler.setFormatter(JsonFormatter())
    else:
        text = "%(asctime)s %(levelname)s %(message)s"
        handler.setFormatter(logging.Formatter(text, datefmt="%H:%M:%S"))
    logging.basicConfig(level=level.upper(), handlers=[handler])
    # At INFO these log each connection and each migration.
    for name in ("asyncio", "alembic", "httpx"):
        logging.getLogger(name).setLevel(logging.WARNING)
