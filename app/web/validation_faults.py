"""Faults of a value that a schema refuses: the field, a stable code, and a sentence."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from app.web.problems import Fault

__all__ = ["errors_of_fields", "fault_of"]

# Errors of pydantic that have a code of their own, by their type.
_FAULTS = {
    "missing": ("missing", "This field is required."),
    "extra_forbidden": ("unknown_field", "There is no such field."),
}
_LONGEST_NAME = 100


def errors_of_fields(errors: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The errors of pydantic, each with the path of a field of the body.

    Fields of a PATCH schema are unions with None. Pydantic reports each branch of a union, and has
    the name of the branch, such as `list[str]`, in the path.
    """
    unions = {each["loc"][:-1] for each in errors if _is_of_none(each)}
    return [
        {**each, "loc": _without_branch(each["loc"], unions)}
        for each in errors
        if not _is_of_none(each)
    ]


def _is_of_none(error: Mapping[str, Any]) -> bool:
    """Whether an error is that of the branch None of a union."""
    return bool(error["type"] == "none_required" and error["loc"][-1:] == ("none",))


def _without_branch(
    names: tuple[str | int, ...], unions: Collection[tuple[str | int, ...]]
) -> tuple[str | int, ...]:
    for length in range(len(names)):
        if names[:length] in unions:
            return (*names[:length], *names[length + 1 :])
    return names


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
