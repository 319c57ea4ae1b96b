"""A log in JSON has one object a line, whatever a message contains."""

import json
import logging
import sys

from app.cli.processes.logs.logs import JsonFormatter, LineFormatter


def _line(message: str, *arguments: object, **more: object) -> dict[str, object]:
    record = logging.LogRecord("fyr.web", logging.INFO, "x.py", 1, message, arguments, None)
    for name, value in more.items():
        setattr(record, name, value)
    text = JsonFormatter().format(record)
    assert "\n" not in text
    found: dict[str, object] = json.loads(text)
    return found


def test_a_line_has_the_time_the_level_and_the_message() -> None:
    found = _line("web.failed path=%s", "/x\n{}\u2028")
    assert found["message"] == "web.failed path=/x\n{}\u2028"
    assert (found["level"], found["logger"]) == ("info", "fyr.web")
    assert str(found["at"]).endswith("+00:00")


def test_a_failure_has_its_traceback_in_the_same_line() -> None:
    try:
        raise ValueError("no\nway")
    except ValueError:
        found = _line("web.failed", exc_info=sys.exc_info())
    assert "ValueError: no\nway" in str(found["error"])


def test_an_audit_entry_is_an_object_of_its_own() -> None:
    assert _line("audit.entry", audit={"action": "user.add"})["audit"] == {"action": "user.add"}


def _text(**more: object) -> str:
    record = logging.LogRecord("fyr.web", logging.WARNING, "x.py", 1, "web.failed", (), None)
    record.created = 1_796_000_000.25
    for name, value in more.items():
        setattr(record, name, value)
    return LineFormatter().format(record)


def test_a_line_of_text_has_date_zone_level_and_message() -> None:
    assert _text() == "2026-11-30T00:53:20.250+00:00 WARNING web.failed"


def test_a_line_of_a_request_has_its_id() -> None:
    assert _text(request_id="7f3b0c1d").endswith(" web.failed request_id=7f3b0c1d")
    assert _line("web.failed", request_id="7f3b0c1d")["request_id"] == "7f3b0c1d"


def test_a_line_break_in_a_message_begins_no_other_line_of_text() -> None:
    line = _text(msg="sso.refused reason=x\r\n2026-11-30 INFO forged\x1b[2J\u2028\x85")
    assert line.splitlines() == [line]
    assert line.endswith(r"reason=x\r\n2026-11-30 INFO forged\x1b[2J\u2028\x85")
