"""Form field for the recurrence of a maintenance: choices, and the RRULE of each.

The weekday and the day of the month of a rule are those of the first window, in the time zone of
the page.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from app.domain.errors import InvalidError
from app.domain.maintenances.occurrences import UTC_DATE_TIME
from app.domain.texts.phrases import N_
from app.usecases.maintenances.rule_syntax import refusal
from app.web.console.kit.forms.forms import Form

__all__ = ["REPEAT_CHOICES", "rule_fields", "rule_of"]

OWN = "own"

# The name of each choice by its value; `_rule` returns its rule.
REPEAT_CHOICES: Mapping[str, str] = {
    "": N_("Once"),
    "daily": N_("Every day"),
    "weekly": N_("Every week, on the same weekday"),
    "fortnightly": N_("Every second week, on the same weekday"),
    "monthly_weekday": N_("Every month, on the same weekday, such as the second Sunday"),
    "monthly_last": N_("Every month, on the last such weekday"),
    "monthly_day": N_("Every month, on the same day of the month"),
    "yearly": N_("Every year"),
    OWN: N_("By a recurrence rule (RRULE)"),
}

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_UNTIL = re.compile(r";UNTIL=([0-9]{8}T[0-9]{6}Z)")
# Every month has four of each weekday; not every month has a fifth.
_SURE_WEEKS = 4


def rule_of(form: Form, starts_at: datetime, zone: ZoneInfo) -> str | None:
    """The submitted recurrence rule; None without recurrence. Raises InvalidError."""
    choice = form.text("repeats")
    if choice == OWN:
        own = form.text("recurrence").strip()
        if not own:
            raise refusal(N_("Write a rule such as FREQ=WEEKLY;BYDAY=SU."))
        return own
    rule = _rule(choice, starts_at.astimezone(zone).date())
    until = form.text("until").strip()
    if rule is None or not until:
        return rule
    try:
        last = datetime.combine(date.fromisoformat(until), time(23, 59, 59), zone)
        return f"{rule};UNTIL={last.astimezone(UTC).strftime(UTC_DATE_TIME)}"
    except (ValueError, OverflowError):
        raise InvalidError(
            f"{until[:40]!r} is no day.", code="invalid_time", field="until"
        ) from None


def rule_fields(rule: str | None, starts_at: datetime, zone: ZoneInfo) -> Mapping[str, str]:
    """The values of the form fields for a rule."""
    if rule is None:
        return {"repeats": "", "until": "", "recurrence": ""}
    found = _UNTIL.search(rule)
    plain, until = _UNTIL.sub("", rule), ""
    if found is not None:
        last = datetime.strptime(found[1], UTC_DATE_TIME).replace(tzinfo=UTC)
        until = last.astimezone(zone).date().isoformat()
    on = starts_at.astimezone(zone).date()
    # A fifth weekday is also the last one: its rule is that of `monthly_last`.
    for choice in ("monthly_last", *REPEAT_CHOICES):
        if choice != OWN and _rule(choice, on) == plain:
            return {"repeats": choice, "until": until, "recurrence": ""}
    return {"repeats": OWN, "until": "", "recurrence": rule}


def _rule(choice: str, on: date) -> str | None:
    """The rule of a choice; None without one. A fifth weekday of a month counts as its last."""
    day = _DAYS[on.weekday()]
    week = (on.day - 1) // 7 + 1
    rules = {
        "daily": "FREQ=DAILY",
        "weekly": f"FREQ=WEEKLY;BYDAY={day}",
        "fortnightly": f"FREQ=WEEKLY;INTERVAL=2;BYDAY={day}",
        "monthly_weekday": f"FREQ=MONTHLY;BYDAY={week if week <= _SURE_WEEKS else -1}{day}",
        "monthly_last": f"FREQ=MONTHLY;BYDAY=-1{day}",
        "monthly_day": f"FREQ=MONTHLY;BYMONTHDAY={on.day}",
        "yearly": "FREQ=YEARLY",
    }
    return rules.get(choice)
