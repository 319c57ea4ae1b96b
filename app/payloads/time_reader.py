"""Reader of the times of an alert, which notes for staff what it cannot read."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from app.payloads.sanitize import is_unset
from app.payloads.times import MAX_CLOCK_SKEW, ReportTime, is_unset_time
from app.payloads.untrusted import UntrustedValue, quote_value

__all__ = ["TimeReader"]


@dataclass(frozen=True, slots=True)
class TimeReader:
    """Reader of the times of one alert, which came at `received_at`.

    A time without an offset is in `zone`; without a zone it cannot be read. `notes` gets a sentence
    for each given time that cannot be read, with `hint` at its end; and, if the operator chooses
    the zone (`has_own_zone`), for each one without an offset that is ahead of ours.
    """

    received_at: datetime
    zone: tzinfo | None = UTC
    hint: str = ""
    notes: list[str] = field(default_factory=list)
    has_own_zone: bool = False

    def instant(self, document: UntrustedValue, *names: str) -> datetime | None:
        """Return the first time among these fields that can be read; None without any."""
        for name in names:
            instant = document.at(name).instant(self.zone, self.received_at)
            if instant is not None:
                self._note_ahead(name, document.at(name), instant)
                return instant
            self._note(name, document.at(name))
        return None

    def report_time(self, document: UntrustedValue, *names: str) -> ReportTime:
        """Return the first time among these fields that can be read, as that of the report."""
        for name in names:
            reported = document.at(name).report_time(self.zone, self.received_at)
            if reported.at is not None:
                self._note_ahead(name, document.at(name), reported.at)
                return reported
            self._note(name, document.at(name))
        return ReportTime(None)

    def _note_ahead(self, name: str, value: UntrustedValue, instant: datetime) -> None:
        is_ahead = instant > self.received_at + MAX_CLOCK_SKEW
        if self.has_own_zone and is_ahead and value.instant(None) is None:
            quoted = quote_value(value)
            self.notes.append(f"{name} is {quoted}, after the arrival: not used; check time_zone")

    def _note(self, name: str, value: UntrustedValue) -> None:
        text = value.text()
        is_given = value.is_object or value.is_array or bool(text)
        # Date and time of an unset time may be a variable each, as in Zabbix.
        if not is_given or is_unset_time(text) or (text and all(map(is_unset, text.split()))):
            return
        if self.zone is None and value.instant(UTC, self.received_at) is not None:
            self.notes.append(f"{name} is {quote_value(value)}, without an offset; set time_zone")
        else:
            self.notes.append(f"{name} is {quote_value(value)}, which is no time{self.hint}")
