"""Each kind of monitor has a page that says how to connect it and how its payloads are read."""

import re
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.domain.alerts.alerts import (
    MAX_STATED_AGE,
    NEW_START_TOLERANCE,
    REPEATED_START_TOLERANCE,
)
from app.monitors import ADAPTERS
from app.payloads.bodies import read_body
from app.payloads.strict_json import Json
from app.payloads.times import read_instant
from app.payloads.untrusted import UntrustedValue
from app.ports.monitor import MonitorAlert, PayloadError, ReportedState, ReportOrder
from tests.monitors.recorded import Recorded, all_recorded, parse

PAGES = Path(__file__).resolve().parent.parent.parent / "docs" / "monitors"
BODY = re.compile(r"```(?:json)?\n(\{.*?\})\n```", re.DOTALL)
SECTIONS = (
    "**Authentication**",
    "**Order**",
    "**A lost resolve**",
    "**Watch out**",
    "**Tried**",
    "dedup key",
    "**Tests**",
)


def page(kind: str) -> str:
    return (PAGES / f"{kind}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", ADAPTERS)
def test_a_page_has_every_section_and_option(kind: str) -> None:
    text = page(kind).replace("**Not tried**", "**Tried**")
    assert f"ind `{kind}`" in text
    assert "https://status.example.com/hooks/TOKEN" in text
    assert [section for section in SECTIONS if section not in text] == []
    assert [name for name in ADAPTERS[kind].option_names if f"`{name}`" not in text] == [] or (
        "(generic.md)" in text
    )


def test_the_overview_lists_every_kind_and_no_other() -> None:
    overview = (PAGES / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"\]\((\S+)\.md\) \| `(\S+)` \|", overview)
    assert sorted(kind for _, kind in listed) == sorted(ADAPTERS)
    assert all(file == kind for file, kind in listed)
    assert {file.stem for file in PAGES.iterdir()} == {*ADAPTERS, "README", "cookbook"}


@pytest.mark.parametrize(
    ("kind", "variables"),
    [
        (
            "datadog",
            {"$ALERT_CYCLE_KEY": "c1", "$ALERT_TRANSITION": "Triggered", "$ALERT_PRIORITY": "P1"},
        ),
        ("checkly", {"{{CHECK_ID}}": "c1", "{{ALERT_TYPE}}": "ALERT_FAILURE"}),
        ("uptimerobot", {"*monitorID*": "c1", "*alertType*": "1"}),
        ("healthchecks", {"$CODE": "c1", "$STATUS": "down", "$NAME_JSON": '"a"', "$JSON": "{}"}),
    ],
)
def test_a_body_to_paste_is_understood(kind: str, variables: dict[str, str]) -> None:
    found = BODY.search(page(kind))
    assert found
    body = found[1]
    for name, value in variables.items():
        body = body.replace(name, value)
    (alert,) = parse(kind, body)
    assert (alert.dedup_key, alert.state) == ("c1", "firing")


def test_the_bodies_of_the_generic_page_are_understood() -> None:
    found = re.search(r"-d '\n(.*?)'\n", page("generic"), re.DOTALL)
    assert found
    assert parse("generic", found[1])[0].state == "resolved"
    assert parse("generic", "dedup_key=backup&status=down")[0].state == "firing"


ORDERS = {
    ReportOrder.REPORT_TIME: "**Order**: by the time of the report, `",
    ReportOrder.ALERT_TIMES: "**Order**: by arrival, with a tolerance",
    ReportOrder.ARRIVAL: "**Order**: by arrival. ",
}


@pytest.mark.parametrize("kind", ADAPTERS)
def test_a_page_says_what_orders_the_reports(kind: str) -> None:
    assert ORDERS[ADAPTERS[kind].order] in page(kind)
    stated = [found.reported_at for _, found in reports(kind)]
    if ADAPTERS[kind].order is ReportOrder.REPORT_TIME:
        assert any(stated)
    else:
        assert not any(stated)


@pytest.mark.parametrize(
    "kind", [kind for kind in ADAPTERS if ADAPTERS[kind].order is ReportOrder.REPORT_TIME]
)
def test_the_time_of_a_report_is_the_field_that_the_page_names(kind: str) -> None:
    sentence = page(kind).partition("**Order**")[2].partition("\n\n")[0]
    names = {name.rpartition(".")[2].casefold() for name in re.findall(r"`([^`]+)`", sentence)}
    for recorded, alert in reports(kind):
        if alert.reported_at is not None:
            mapped = re.findall(r"\w+", str(recorded.options.get("reported_at", "")))
            assert alert.reported_at in set(instants(recorded, names | set(mapped))), recorded.case


def test_alerts_without_a_time_of_the_report_state_their_start_or_end() -> None:
    for kind in ("alertmanager", "grafana"):
        found = [alert for _, alert in reports(kind) if not alert.dedup_key.startswith("rule:")]
        assert all(alert.started_at or alert.is_placeholder for alert in found)


def test_the_overview_states_the_tolerances_and_the_limit() -> None:
    overview = " ".join((PAGES / "README.md").read_text(encoding="utf-8").split())
    assert f"within {REPEATED_START_TOLERANCE.seconds} seconds after the end" in overview
    assert f"late for {NEW_START_TOLERANCE.seconds // 60} minutes after" in overview
    assert f"more than {MAX_STATED_AGE.total_seconds() / 3600:.0f} hours before it" in overview


def reports(kind: str) -> Iterator[tuple[Recorded, MonitorAlert]]:
    """The firing and resolved alerts of the recordings of a kind."""
    for recorded in all_recorded():
        if recorded.kind != kind:
            continue
        try:
            found = ADAPTERS[kind].parse(recorded.event, recorded.options)
        except PayloadError:
            continue
        yield from (
            (recorded, alert) for alert in found if alert.state is not ReportedState.NEITHER
        )


def instants(recorded: Recorded, names: set[str]) -> Iterator[object]:
    """The times in fields and headers with these names, in lower case."""
    texts = {**recorded.event.headers, **dict(recorded.event.query)}
    found = [value for name, value in texts.items() if name.casefold().removeprefix("ce-") in names]
    found += fields(read_body(recorded.event), names)
    zone = UTC if recorded.kind != "zabbix" else ZoneInfo(str(recorded.options["time_zone"]))
    return (read_instant(text, zone) for text in found)


def fields(value: UntrustedValue, names: set[str]) -> list[str]:
    value = value.parsed()
    if value.is_array:
        return [text for item in value.items() for text in fields(item, names)]
    items: dict[str, Json] = value.value if isinstance(value.value, dict) else {}
    found: list[str] = []
    for name, inner in items.items():
        if name.casefold() in names:
            found.append(UntrustedValue(inner).text())
        found += fields(UntrustedValue(inner), names)
    return found
