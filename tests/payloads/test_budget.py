"""The budget of JMESPath expressions: attacks end in a budget error, honest mappings do not."""

from typing import Any

import pytest

from app.payloads.budget import MAX_NODES, Budget, BudgetError
from app.payloads.expressions import ExpressionError, evaluate, find_fault
from app.payloads.mapping import map_alerts
from app.payloads.untrusted import UntrustedValue
from app.ports.monitor import InboundEvent, MalformedPayloadError
from tests.fakes import NOON

PAYLOAD: dict[str, Any] = {
    "alerts": [{"id": f"a{number}", "text": "x" * 50, "n": number} for number in range(1000)],
    "text": "a" * 100_000,
}
EVENT = InboundEvent("POST", "", (), {}, b"{}", NOON)
DOUBLED = "|".join(["[@,@]"] * 60)

ATTACKS = {
    "a text of a doubled value": f"to_string({DOUBLED})",
    "a doubled value itself": DOUBLED,
    "doubled objects": "|".join(["{a: @, b: @}"] * 60),
    "equal doubled values": f"[{DOUBLED}] == [{DOUBLED}]",
    "escaped escapes": "|".join(["to_string([@])"] * 60),
    "joined texts": "[text, text] | " + "|".join(["[join('', @), join('', @), join('', @)]"] * 20),
    "a long separator": "join(text, alerts[*].id)",
    "nested projections": "alerts[*].[n,n,n,n,n,n] | [*].[@,@,@,@,@,@] | [*].[@,@,@,@,@,@,@,@][][]",
    "mapped maps": "map(&[@,@,@,@,@,@], alerts) | map(&[@,@,@,@,@,@], @) | map(&[@,@,@,@,@], @)",
    "every alert for every alert": "alerts[*].[n, `1`] | [*].[@] | " + "[][] | " * 3 + DOUBLED,
}


@pytest.mark.parametrize("name", ATTACKS)
def test_an_expression_that_needs_too_much_ends_in_an_error(name: str) -> None:
    assert find_fault(ATTACKS[name]) is None
    with pytest.raises(BudgetError):
        evaluate(ATTACKS[name], PAYLOAD, Budget())


def test_an_expression_has_a_limited_number_of_parts() -> None:
    assert find_fault("|".join(["a"] * 100)) is None
    assert str(MAX_NODES) in (find_fault("|".join(["a"] * (MAX_NODES + 1))) or "")


@pytest.mark.parametrize("text", ["[" * 900, "(" * 900, "!" * 1900, "a" + "[0]" * 600, "&" * 1900])
def test_a_deeply_nested_expression_is_refused(text: str) -> None:
    assert find_fault(text) is not None


def test_a_budget_stays_used_up() -> None:
    budget = Budget(100)
    with pytest.raises(BudgetError):
        evaluate("alerts[*].id", PAYLOAD, budget)
    with pytest.raises(BudgetError):
        evaluate("text", PAYLOAD, budget)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("length(alerts)", 1000),
        ("alerts[?n > `997`].id", ["a998", "a999"]),
        ("sort_by(alerts, &n)[-1].id", "a999"),
        ("max_by(alerts, &n).id", "a999"),
        ("length(alerts[?text == 'x' && n == `1`])", 0),
        ("alerts[?id == 'a7' || n == `8`].n", [7, 8]),
        ("(alerts[0].n == `0`) == `true`", True),
        ("length(join(',', alerts[*].id))", 4889),
        ("alerts[*].{i: id}[] | length(@)", 1000),
        ("to_string(alerts[0].n)", "0"),
    ],
)
def test_an_honest_expression_gives_what_jmespath_gives(expression: str, expected: object) -> None:
    assert evaluate(expression, PAYLOAD, Budget()) == expected


def test_an_expression_that_fails_is_no_matter_of_the_budget() -> None:
    with pytest.raises(ExpressionError):
        evaluate("abs(text)", PAYLOAD, Budget())


def test_a_thousand_alerts_fit_into_one_budget() -> None:
    found = map_alerts(UntrustedValue(PAYLOAD), EVENT, {"items": "alerts", "dedup_key": "id"})
    assert len(found) == 1000


def test_all_expressions_on_a_payload_share_one_budget() -> None:
    options = {
        "items": "alerts",
        "dedup_key": "id",
        "description": "to_string(_root.alerts[*].[id, text, n])",
    }
    with pytest.raises(MalformedPayloadError, match="needs too much work"):
        map_alerts(UntrustedValue(PAYLOAD), EVENT, options)
