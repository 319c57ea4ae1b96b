"""Changes in the audit log, field by field, as text."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["ChangedField", "changed_fields", "fields_json"]


@dataclass(frozen=True, slots=True)
class ChangedField:
    """The value of a field before and after a change; None without a value."""

    name: str
    before: str | None
    after: str | None


def changed_fields(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> tuple[ChangedField, ...]:
    """All fields of a change; those of `before` first."""
    old, new = before or {}, after or {}
    names = dict.fromkeys([*old, *new])
    return tuple(
        ChangedField(name, _value_text(old, name), _value_text(new, name)) for name in names
    )


def fields_json(fields: Mapping[str, Any] | None) -> str:
    """All fields as JSON; "" without fields."""
    return "" if fields is None else json.dumps(fields, ensure_ascii=False, sort_keys=True)


def _value_text(fields: Mapping[str, Any], name: str) -> str | None:
    if name not in fields:
        return None
    value = fields[name]
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
