"""The strict JSON reader: which faults it reports, and what its limits change."""

import pytest

from app.payloads.strict_json import (
    MONITOR_LIMITS,
    JsonFault,
    JsonFormatError,
    JsonLimits,
    looks_like_json,
    read_json,
)

STRICT = JsonLimits(max_depth=3, max_digits=5)

FAULTS = {
    "": JsonFault.SYNTAX,
    "{": JsonFault.SYNTAX,
    "{'a': 1}": JsonFault.SYNTAX,
    "\ufeff{}": JsonFault.SYNTAX,
    "NaN": JsonFault.CONSTANT,
    "[-Infinity]": JsonFault.CONSTANT,
    "[[[[]]]]": JsonFault.DEPTH,
    '{"a": [{"b": []}]}': JsonFault.DEPTH,
    "123456": JsonFault.DIGITS,
    "-1e999": JsonFault.RANGE,
    '{"a": 1, "a": 1}': JsonFault.DUPLICATE_NAME,
    '["\\ud800"]': JsonFault.SURROGATE,
    '{"\\udfff": 1}': JsonFault.SURROGATE,
}


@pytest.mark.parametrize(("text", "fault"), FAULTS.items(), ids=[*map(ascii, FAULTS)])
def test_what_is_refused_has_its_fault(text: str, fault: JsonFault) -> None:
    with pytest.raises(JsonFormatError) as refused:
        read_json(text, STRICT)
    assert refused.value.fault is fault


def test_what_is_at_a_limit_is_read() -> None:
    assert read_json('[[["\\ud83d\\ude00"]], 12345]', STRICT) == [[["😀"]], 12345]


def test_the_limits_of_monitors_read_odd_values() -> None:
    assert read_json('{"a": 1, "a": 1}', MONITOR_LIMITS) == {"a": 1}
    assert read_json("9" * 41, MONITOR_LIMITS) == "9" * 41
    assert read_json('"\\ud800"', MONITOR_LIMITS) == "\ud800"


def test_a_name_with_two_values_is_a_fault_for_monitors_too() -> None:
    with pytest.raises(JsonFormatError) as refused:
        read_json('{"name": 1, "name": 2}', MONITOR_LIMITS)
    assert (refused.value.fault, refused.value.detail) == (JsonFault.DUPLICATE_NAME, "name")


def test_only_an_object_or_an_array_looks_like_json() -> None:
    texts = [" {", "\n[", '"a"', "1", ""]
    assert [text for text in texts if looks_like_json(text)] == [" {", "\n["]
