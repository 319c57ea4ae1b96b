"""Times of a source: every format that sources use, in UTC.

A time without a zone is a local time of the source. A local time that clocks skip moves forward;
one that occurs twice is the first (PEP 495, fold=0).
"""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.domain.errors import InvalidError
from app.domain.validation import check_time
from app.importing.errors import UnsuitableTimeError

__all__ = [
    "NoTimeZoneError",
    "parse_time",
    "parse_unix_time",
    "rfc3339",
    "to_utc",
    "zone_of_name",
]

_TIME = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:(?:[Tt]|[ \t]+)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?"
    r"\s*(Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?(?:\s*UTC)?"
)

# Names of Ruby on Rails (ActiveSupport::TimeZone::MAPPING) that pages of Statuspage use.
_RAILS = {
    "international date line west": "Etc/GMT+12", "american samoa": "Pacific/Pago_Pago",
    "midway island": "Pacific/Midway", "hawaii": "Pacific/Honolulu", "alaska": "America/Juneau",
    "pacific time (us & canada)": "America/Los_Angeles", "tijuana": "America/Tijuana",
    "mountain time (us & canada)": "America/Denver", "arizona": "America/Phoenix",
    "chihuahua": "America/Chihuahua", "mazatlan": "America/Mazatlan",
    "central time (us & canada)": "America/Chicago", "saskatchewan": "America/Regina",
    "guadalajara": "America/Mexico_City", "mexico city": "America/Mexico_City",
    "monterrey": "America/Monterrey", "central america": "America/Guatemala",
    "eastern time (us & canada)": "America/New_York",
    "indiana (east)": "America/Indiana/Indianapolis", "bogota": "America/Bogota",
    "lima": "America/Lima", "quito": "America/Lima", "atlantic time (canada)": "America/Halifax",
    "caracas": "America/Caracas", "la paz": "America/La_Paz", "santiago": "America/Santiago",
    "newfoundland": "America/St_Johns", "brasilia": "America/Sao_Paulo",
    "buenos aires": "America/Argentina/Buenos_Aires", "montevideo": "America/Montevideo",
    "georgetown": "America/Guyana", "greenland": "America/Godthab",
    "mid-atlantic": "Atlantic/South_Georgia", "azores": "Atlantic/Azores",
    "cape verde is.": "Atlantic/Cape_Verde", "dublin": "Europe/Dublin",
    "edinburgh": "Europe/London", "lisbon": "Europe/Lisbon", "london": "Europe/London",
    "casablanca": "Africa/Casablanca", "monrovia": "Africa/Monrovia", "utc": "Etc/UTC",
    "belgrade": "Europe/Belgrade", "bratislava": "Europe/Bratislava",
    "budapest": "Europe/Budapest", "ljubljana": "Europe/Ljubljana", "prague": "Europe/Prague",
    "sarajevo": "Europe/Sarajevo", "skopje": "Europe/Skopje", "warsaw": "Europe/Warsaw",
    "zagreb": "Europe/Zagreb", "brussels": "Europe/Brussels", "copenhagen": "Europe/Copenhagen",
    "madrid": "Europe/Madrid", "paris": "Europe/Paris", "amsterdam": "Europe/Amsterdam",
    "berlin": "Europe/Berlin", "bern": "Europe/Zurich", "zurich": "Europe/Zurich",
    "rome": "Europe/Rome", "stockholm": "Europe/Stockholm", "vienna": "Europe/Vienna",
    "west central africa": "Africa/Algiers", "bucharest": "Europe/Bucharest",
    "cairo": "Africa/Cairo", "helsinki": "Europe/Helsinki", "kyiv": "Europe/Kiev",
    "riga": "Europe/Riga", "sofia": "Europe/Sofia", "tallinn": "Europe/Tallinn",
    "vilnius": "Europe/Vilnius", "athens": "Europe/Athens", "istanbul": "Europe/Istanbul",
    "minsk": "Europe/Minsk", "jerusalem": "Asia/Jerusalem", "harare": "Africa/Harare",
    "pretoria": "Africa/Johannesburg", "kaliningrad": "Europe/Kaliningrad",
    "moscow": "Europe/Moscow", "st. petersburg": "Europe/Moscow", "volgograd": "Europe/Volgograd",
    "samara": "Europe/Samara", "kuwait": "Asia/Kuwait", "riyadh": "Asia/Riyadh",
    "nairobi": "Africa/Nairobi", "baghdad": "Asia/Baghdad", "tehran": "Asia/Tehran",
    "abu dhabi": "Asia/Muscat", "muscat": "Asia/Muscat", "baku": "Asia/Baku",
    "tbilisi": "Asia/Tbilisi", "yerevan": "Asia/Yerevan", "kabul": "Asia/Kabul",
    "ekaterinburg": "Asia/Yekaterinburg", "islamabad": "Asia/Karachi", "karachi": "Asia/Karachi",
    "tashkent": "Asia/Tashkent", "chennai": "Asia/Kolkata", "kolkata": "Asia/Kolkata",
    "mumbai": "Asia/Kolkata", "new delhi": "Asia/Kolkata", "kathmandu": "Asia/Kathmandu",
    "astana": "Asia/Dhaka", "dhaka": "Asia/Dhaka", "sri jayawardenepura": "Asia/Colombo",
    "almaty": "Asia/Almaty", "novosibirsk": "Asia/Novosibirsk", "rangoon": "Asia/Rangoon",
    "bangkok": "Asia/Bangkok", "hanoi": "Asia/Bangkok", "jakarta": "Asia/Jakarta",
    "krasnoyarsk": "Asia/Krasnoyarsk", "beijing": "Asia/Shanghai", "chongqing": "Asia/Chongqing",
    "hong kong": "Asia/Hong_Kong", "urumqi": "Asia/Urumqi", "kuala lumpur": "Asia/Kuala_Lumpur",
    "singapore": "Asia/Singapore", "taipei": "Asia/Taipei", "perth": "Australia/Perth",
    "irkutsk": "Asia/Irkutsk", "ulaanbaatar": "Asia/Ulaanbaatar", "seoul": "Asia/Seoul",
    "osaka": "Asia/Tokyo", "sapporo": "Asia/Tokyo", "tokyo": "Asia/Tokyo",
    "yakutsk": "Asia/Yakutsk", "darwin": "Australia/Darwin", "adelaide": "Australia/Adelaide",
    "canberra": "Australia/Canberra", "melbourne": "Australia/Melbourne",
    "sydney": "Australia/Sydney", "brisbane": "Australia/Brisbane",
    "hobart": "Australia/Hobart", "vladivostok": "Asia/Vladivostok", "guam": "Pacific/Guam",
    "port moresby": "Pacific/Port_Moresby", "magadan": "Asia/Magadan",
    "srednekolymsk": "Asia/Srednekolymsk", "solomon is.": "Pacific/Guadalcanal",
    "new caledonia": "Pacific/Noumea", "fiji": "Pacific/Fiji", "kamchatka": "Asia/Kamchatka",
    "marshall is.": "Pacific/Majuro", "auckland": "Pacific/Auckland",
    "wellington": "Pacific/Auckland", "nuku'alofa": "Pacific/Tongatapu",
    "tokelau is.": "Pacific/Fakaofo", "chatham is.": "Pacific/Chatham", "samoa": "Pacific/Apia",
}  # fmt: skip


class NoTimeZoneError(InvalidError):
    """A time of the source has no zone, and nothing says which one is meant."""

    code = "no_time_zone"

    def __init__(self, place: str) -> None:
        super().__init__(
            f"{place} has no time zone. Give the zone of the source, such as "
            "--time-zone Europe/Stockholm.",
            field=place,
            data={"place": place},
        )


def parse_time(text: object, *, place: str, zone: tzinfo | None) -> tuple[datetime, bool]:
    """A time in UTC, and whether `zone` was needed because it has none.

    Raises InvalidError naming `place`: no time, or outside the years 1990 to 2199; NoTimeZoneError
    when it has no zone and `zone` is None.
    """
    if isinstance(text, datetime):
        return to_utc(text, place=place, zone=zone)
    shown = str(text)[:60]
    found = _TIME.fullmatch(shown.strip())
    if found is None:
        raise UnsuitableTimeError(place, f"{place} is {shown!r}, no time.")
    *parts, fraction, offset = found.groups()
    year, month, day, hour, minute, second = (int(part or 0) for part in parts)
    micro = int((fraction or "0")[:6].ljust(6, "0"))
    try:
        at = datetime(year, month, day, hour, minute, min(second, 59), micro)  # noqa: DTZ001  # zone follows
        if offset is not None:
            at = at.replace(tzinfo=_offset(offset))
    except ValueError:
        raise UnsuitableTimeError(place, f"{place} is {shown!r}, no time.") from None
    return to_utc(at, place=place, zone=zone)


def parse_unix_time(value: object, *, place: str) -> datetime:
    """A time in UTC of seconds since 1970. Raises InvalidError as `parse_time` does."""
    shown = str(value)[:60]
    is_number = isinstance(value, int | float | str) and not isinstance(value, bool)
    try:
        if not is_number:
            raise ValueError
        at = datetime.fromtimestamp(float(shown), UTC)
    except (ValueError, OverflowError, OSError):
        raise UnsuitableTimeError(place, f"{place} is {shown!r}, no UNIX time.") from None
    return to_utc(at, place=place, zone=None)[0]


def to_utc(at: datetime, *, place: str, zone: tzinfo | None) -> tuple[datetime, bool]:
    """A time in UTC, and whether `zone` was needed. Raises as `parse_time` does."""
    needed = at.tzinfo is None
    if needed:
        if zone is None:
            raise NoTimeZoneError(place)
        # A round trip moves a time that clocks skip forward.
        at = at.replace(tzinfo=zone)
    try:
        return check_time(at, field=place).astimezone(UTC), needed
    except OverflowError:
        raise UnsuitableTimeError(place, f"{place} lies outside the years 1990 to 2199.") from None


def zone_of_name(name: object) -> tuple[ZoneInfo | None, bool]:
    """The zone of a name of IANA or of Ruby on Rails, and whether it was one of Rails.

    None for an unknown name: it counts as no zone at all.
    """
    if not isinstance(name, str) or not name.strip():
        return None, False
    rails = _RAILS.get(name.strip().lower())
    if rails is not None and rails != "Etc/UTC":
        return ZoneInfo(rails), True
    try:
        return ZoneInfo("Etc/UTC" if rails else name.strip()), False
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None, False


def rfc3339(at: datetime) -> str:
    """A time as a `fyr-import-2` document has it: UTC, milliseconds only where there are any."""
    at = at.astimezone(UTC)
    digits = "milliseconds" if at.microsecond % 1000 == 0 else "microseconds"
    text = at.isoformat(timespec=digits if at.microsecond else "seconds")
    return text.replace("+00:00", "Z")


def _offset(text: str) -> tzinfo:
    if text.upper() in {"Z", "UTC", "GMT"}:
        return UTC
    sign = -1 if text[0] == "-" else 1
    digits = text[1:].replace(":", "")
    return timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:] or 0)))
