"""Faults of a configuration, for the person who wrote it: line, field, and what to write."""

from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from app.importing.files.yaml_text import line_of
from app.web.validation_faults import errors_of_fields, fault_of

__all__ = ["sentences_of"]

_MOST = 20
_LIST = "Give a list, in which each element begins with a hyphen."
# What to write, by the type of pydantic's error.
_ADVICE = {
    "bool_type": "Give true or false.",
    "dict_type": "Give fields, each as name: value.",
    "frozen_set_type": _LIST,
    "int_type": "Give a whole number, without quotes.",
    "list_type": _LIST,
    "model_type": "Give fields, each as name: value.",
    "string_type": "Give a text; in quotes if it looks like a number.",
    "tuple_type": _LIST,
}


def sentences_of(
    errors: Sequence[Mapping[str, Any]], text: str, schema: Mapping[str, Any]
) -> list[str]:
    """A sentence for each error of pydantic, with its line in `text`.

    `schema` is the JSON schema of the document: where there is no such field, a similar one that
    the object can have is named.
    """
    return [_sentence(each, text, schema) for each in errors_of_fields(errors)[:_MOST]]


def _sentence(error: Mapping[str, Any], text: str, schema: Mapping[str, Any]) -> str:
    names: Sequence[str | int] = error["loc"]
    message = _ADVICE.get(error["type"]) or fault_of(error, names).message
    if error["type"] == "extra_forbidden":
        similar = get_close_matches(str(names[-1]), _fields_at(schema, names[:-1]), n=1)
        message = f"There is no such field; {similar[0]!r} is similar." if similar else message
    line = line_of(text, names)
    return f"{_path(names)}{f' (line {line})' if line else ''}: {message}"


def _fields_at(schema: Mapping[str, Any], names: Sequence[str | int]) -> Collection[str]:
    """The names of the fields that the object at a path can have."""
    found = schema
    for name in names:
        if isinstance(name, int):
            found = found.get("items", {})
        else:
            found = found.get("properties", {}).get(name) or found.get("additionalProperties", {})
        found = _resolved(found, schema)
    return list(found.get("properties", {}))


def _resolved(found: object, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """A part of a schema, with its reference followed, and the null of a union left out."""
    if not isinstance(found, dict):
        return {}
    branches = [each for each in found.get("anyOf", ()) if each.get("type") != "null"]
    if branches:
        return _resolved(branches[0], schema)
    if "$ref" in found:
        return _resolved(schema["$defs"].get(found["$ref"].rpartition("/")[2]), schema)
    return found


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
