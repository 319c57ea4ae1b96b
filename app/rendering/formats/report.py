"""Report by month as JSON and as CSV, for programs and spreadsheets."""

import json
from collections.abc import Iterator
from typing import Any

from app.domain.page.report import ReportMonth, ReportPage, ServiceReport
from app.i18n.localization import localize
from app.rendering.text.csv import csv_line
from app.rendering.text.instants import format_rfc3339
from app.rendering.text.machine_language import MachineLanguage, locale_for

__all__ = ["report_csv", "report_json"]

_COLUMNS = (
    *("service", "name", "month", "availability", "downtime_seconds", "known_seconds"),
    *("incidents", "first_signs", "median_delay_seconds", "longest_delay_seconds"),
)
# Availability has as many decimals as a second of a month needs.
_DECIMALS = 7


def report_json(record: ReportPage, language: MachineLanguage) -> bytes:
    """The report as one JSON object; `all` is None for one service."""
    data = {
        "page": record.page.id,
        "time_zone": record.page.time_zone,
        "counted_until": format_rfc3339(record.counted_until),
        "services": [_service(each, record, language) for each in record.services],
        "all": [_month(each) for each in record.total.months] if record.total else None,
    }
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def report_csv(record: ReportPage, language: MachineLanguage) -> bytes:
    """The report as CSV: one line for each service and month; no service means all of them."""
    lines = [csv_line(_COLUMNS)]
    for service in record.services:
        lines += _lines(service, _name(service, record, language))
    if record.total:
        lines += _lines(record.total, "")
    return b"".join(lines)


def _service(
    service: ServiceReport, record: ReportPage, language: MachineLanguage
) -> dict[str, Any]:
    return {
        "slug": service.slug,
        "name": _name(service, record, language),
        "months": [_month(each) for each in service.months],
    }


def _name(service: ServiceReport, record: ReportPage, language: MachineLanguage) -> str:
    if service.name is None:
        return ""
    return localize(service.name, locale_for(record.page, language.language)).text


def _month(month: ReportMonth) -> dict[str, Any]:
    return {
        "month": f"{month.first:%Y-%m}",
        "known_from": month.known_from.isoformat(),
        "availability": _availability(month),
        "downtime_seconds": month.downtime_seconds,
        "known_seconds": month.known_seconds,
        "incidents": month.incidents,
        "first_signs": len(month.delays),
        "median_delay_seconds": month.median_delay,
        "longest_delay_seconds": month.longest_delay,
    }


def _lines(service: ServiceReport, name: str) -> Iterator[bytes]:
    for month in service.months:
        yield csv_line(
            (
                service.slug or "",
                name,
                f"{month.first:%Y-%m}",
                _cell(_availability(month)),
                str(month.downtime_seconds),
                str(month.known_seconds),
                str(month.incidents),
                str(len(month.delays)),
                _cell(month.median_delay),
                _cell(month.longest_delay),
            )
        )


def _cell(number: float | None) -> str:
    return "" if number is None else str(number)


def _availability(month: ReportMonth) -> float | None:
    return None if month.availability is None else round(month.availability, _DECIMALS)
