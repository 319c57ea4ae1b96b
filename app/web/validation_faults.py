"""Faults of a value that a schema refuses: the field, a stable code, and a sentence."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.web.problems import Fault

__all__ = ["fault_of"]

# Errors of pydantic that have a code of their own, by their type.
_FAULTS = {
    "missing": ("missing", "This field is required."),
    "extra_forbidden": ("unknown_field", "There is no such field."),
}
_LONGEST_NAME = 100


def fault_of(found: Mapping[str, Any], names: Sequence[object]) -> Fault:
    """The fault of an error of pydantic; `names` leads to the field."""
    field = ".".join(_harmless(str(name)) for name in names)
    code, message = _FAULTS.get(found["type"], ("invalid_value", _sentence(found["msg"])))
    return Fault(field[:_LONGEST_NAME], code, message)


def _sentence(message: str) -> str:
    return message if message.endswith(".") else f"{message}."


def _harmless(name: str) -> str:
    short = name[:_LONGEST_NAME]
    return short if short.isprintable() else ascii(short)
