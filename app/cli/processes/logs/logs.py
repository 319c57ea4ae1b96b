"""Logging of all processes: one line for each event, as text or as JSON.

The lines go to stderr or stdout; with a syslog receiver, to stderr and to the receiver.
"""

import json
import logging
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from app.cli.processes.logs.syslog import SyslogAddress, SyslogHandler

__all__ = ["JsonFormatter", "LineFormatter", "configure"]

_log = logging.getLogger("fyr.log")

# Control characters (C0, DEL, C1) and the line separators of Unicode, as Python escapes them.
_ESCAPES = {
    code: chr(code).encode("unicode_escape").decode()
    for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)
}


class JsonFormatter(logging.Formatter):
    """One JSON object a line: `at` (RFC 3339), `level`, `logger`, `process`, `message`.

    `request_id`, `error` and `audit` are there where the record has them.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON in ASCII: a line break in a message cannot begin another line."""
        line: dict[str, object] = {
            "at": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        for name in ("request_id", "audit"):
            if hasattr(record, name):
                line[name] = getattr(record, name)
        return json.dumps(line, default=str)


class LineFormatter(logging.Formatter):
    """The time (RFC 3339, UTC), the level, the message, and the id of the request it is about.

    Without `with_head` the time and the level are left out: a syslog message has fields for them.
    """

    def __init__(self, *, with_head: bool = True) -> None:
        super().__init__()
        self._with_head = with_head

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's own name
        """The first line of the record; a traceback follows it.

        Control characters are escaped: a line break in a message cannot begin another line.
        """
        head = f"{_time(record)} {record.levelname} " if self._with_head else ""
        request_id = getattr(record, "request_id", "")
        message = record.message.translate(_ESCAPES)
        return f"{head}{message}{f' request_id={request_id}' if request_id else ''}"


def configure(
    level: str, log_format: str, target: str = "stderr", filters: Sequence[logging.Filter] = ()
) -> None:
    """Log at `level` and above. Callers of the loggers never pass payloads or tokens.

    `target` is `stderr`, `stdout` or the address of a syslog receiver; an unknown one is `stderr`.
    `filters` see each record before it is written.
    """
    stream = logging.StreamHandler(sys.stdout if target == "stdout" else sys.stderr)
    stream.setFormatter(JsonFormatter() if log_format == "json" else LineFormatter())
    handlers: list[logging.Handler] = [stream]
    address = SyslogAddress.parse(target)
    if address is not None:
        syslog = SyslogHandler(address, _report_loss)
        json_lines = log_format == "json"
        syslog.setFormatter(JsonFormatter() if json_lines else LineFormatter(with_head=False))
        handlers.append(syslog)
    for handler in handlers:
        for each in filters:
            handler.addFilter(each)
    logging.basicConfig(level=level.upper(), handlers=handlers)
    # At INFO these log each connection and each migration.
    for name in ("asyncio", "alembic", "httpx"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _report_loss(count: int) -> None:
    _log.warning("log.syslog_lost records=%d", count)
