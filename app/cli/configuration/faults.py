"""Faults of a configuration, for the person who wrote it: line, field, and what to write."""

from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from app.importing.files.yaml_text import line_of
from app.web.validation_faults import fault_of

__all__ = ["sentences_of"]

_MOST = 20
# What to write, by the type of pydantic's error.
_ADVICE = {
    "bool_type": "Give true or false.",
    "dict_type": "Give fields, each as name: value.",
    "int_type": "Give a whole number, without quotes.",
    "model_type": "Give fields, each as name: value.",
    "string_type": "Give a text; in quotes if it looks like a number.",
    "tuple_type": "Give a list, in which each element begins with a hyphen.",
}


def sentences_of(
    errors: Sequence[Mapping[str, Any]], text: str, known: Collection[str]
) -> list[str]:
    """A sentence for each error of pydantic, with its line in `text`.

    `known` are the names of fields; a similar one is named where there is no such field.
    """
    return [_sentence(each, text, known) for each in errors[:_MOST]]


def _sentence(error: Mapping[str, Any], text: str, known: Collection[str]) -> str:
    names: Sequence[str | int] = error["loc"]
    message = _ADVICE.get(error["type"]) or fault_of(error, names).message
    if error["type"] == "extra_forbidden":
        similar = get_close_matches(str(names[-1]), known, n=1)
        message = f"There is no such field; {similar[0]!r} is similar." if similar else message
    line = line_of(text, names)
    return f"{_path(names)}{f' (line {line})' if line else ''}: {message}"


def _path(names: Sequence[str | int]) -> str:
    """The path of a field, such as `services[0].slug`."""
    path = ""
    for name in names:
        if isinstance(name, int):
            path += f"[{name}]"
        else:
            shown = name[:100] if name.isprintable() else ascii(name[:100])
            path += f".{shown}" if path else shown
    return path
