"""Each kind of monitor has a page that says how to connect it and how its payloads are read."""

import re
from pathlib import Path

import pytest

from app.monitors import ADAPTERS
from tests.monitors.recorded import parse

PAGES = Path(__file__).resolve().parent.parent.parent / "docs" / "monitors"
BODY = re.compile(r"```(?:json)?\n(\{.*?\})\n```", re.DOTALL)
SECTIONS = ("**Authentication**", "**A lost resolve**", "**Watch out**", "**Tried**", "dedup key")


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
    assert {file.stem for file in PAGES.iterdir()} == {*ADAPTERS, "README"}


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
