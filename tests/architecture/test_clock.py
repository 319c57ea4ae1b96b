"""Only app/ports/clock.py reads the clock; all other code receives the time as an argument."""

import ast

import pytest

from tests.architecture.source import violations

# time.monotonic measures durations and is allowed.
FORBIDDEN = {
    *("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"),
    *("time.time_ns", "time.gmtime", "time.localtime"),
}


def clock_reads(tree: ast.Module) -> list[int]:
    asked = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        if ".".join(ast.unparse(node).split(".")[-2:]) in FORBIDDEN
    ]
    taken = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "time"
        if any(f"time.{alias.name}" in FORBIDDEN for alias in node.names)
    ]
    return asked + taken


def test_only_the_clock_port_reads_the_clock() -> None:
    assert violations("app", clock_reads, but="app/ports/clock.py") == []


@pytest.mark.parametrize(
    "code",
    [
        "now = datetime.now(UTC)",
        "now = datetime.datetime.utcnow()",
        "at(clock=datetime.now)",
        "day = date.today()",
        "started = time.time()",
        "from time import time",
    ],
)
def test_reading_the_clock_is_found(code: str) -> None:
    assert clock_reads(ast.parse(code)) == [1]


@pytest.mark.parametrize("code", ["time.monotonic()", "from time import monotonic", "at.time()"])
def test_measuring_a_duration_is_allowed(code: str) -> None:
    assert clock_reads(ast.parse(code)) == []
