"""Logging of all processes: one line for each event, as text or as JSON.

The lines go to stderr or stdout; with a syslog receiver, to stderr and to the receiver.
"""

import json
import logging
import sys
from datetime import UTC, datetime

from app.cli.processes.syslog import SyslogAddress, SyslogHandler

__all__ = ["JsonFormatter", "configure"]

_log = logging.getLogger("fyr.log")


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


def configure(level: str, log_format: str, target: str = "stderr") -> None:
    """Log at `level` and above. Callers of the loggers never pass payloads or tokens.

    `target` is `stderr`, `stdout` or the address of a syslog receiver; an unknown one is `stderr`.
    """
    stream = logging.StreamHandler(sys.stdout if target == "stdout" else sys.stderr)
    if log_format == "json":
        stream.setFormatter(JsonFormatter())
    else:
        text = "%(asctime)s %(levelname)s %(message)s"
        stream.setFormatter(logging.Formatter(text, datefmt="%H:%M:%S"))
    handlers: list[logging.Handler] = [stream]
    address = SyslogAddress.parse(target)
    if address is not None:
        syslog = SyslogHandler(address, _report_loss)
        # The time is a field of the message.
        syslog.setFormatter(JsonFormatter() if log_format == "json" else None)
        handlers.append(syslog)
    logging.basicConfig(level=level.upper(), handlers=handlers)
    # At INFO these log each connection and each migration.
    for name in ("asyncio", "alembic", "httpx"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _report_loss(count: int) -> None:
    _log.warning("log.syslog_lost records=%d", count)
