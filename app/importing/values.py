"""Values in the documents and rows of another product, which can hold anything."""

from app.ports.importer import Row

__all__ = [
    "int_of",
    "is_true",
    "object_at",
    "objects_at",
    "objects_in",
    "ref_at",
    "refs_in",
    "scalars_of",
    "text_at",
]


def objects_in(value: object) -> list[Row]:
    """The objects of a list; none when it is anything else."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def is_true(value: object) -> bool:
    """Whether a value of a file that people write means true: also `yes` and `on` of YAML 1.1."""
    return value is True or (
        isinstance(value, str) and value.strip().lower() in {"true", "yes", "on", "y"}
    )


def object_at(value: object, name: str) -> Row:
    """The object that an object has under this name; empty when it is anything else."""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def objects_at(value: object, name: str) -> list[Row]:
    """The objects of the list that an object has under this name."""
    return objects_in(value.get(name)) if isinstance(value, dict) else []


def scalars_of(row: Row, *nested: str) -> Row:
    """The row with None in place of each list and object, but under the names in `nested`."""
    return {
        name: None if isinstance(value, list | dict) and name not in nested else value
        for name, value in row.items()
    }


def text_at(row: Row, name: str) -> str:
    """The text under this name; empty when it is anything else."""
    value = row.get(name)
    return value if isinstance(value, str) else ""


def ref_at(row: Row, name: str) -> str:
    """The id under this name, a text or an integer, also of an object that has it as its `id`.

    Empty when it is anything else.
    """
    return _ref_of(row.get(name))


def refs_in(value: object) -> list[str]:
    """The ids of a list, each a text, an integer or an object with an `id`; anything else is left
    out.
    """
    found = map(_ref_of, value) if isinstance(value, list) else ()
    return [ref for ref in found if ref]


def int_of(value: object) -> int:
    """The integer; 0 when the value is anything else."""
    return value if isinstance(value, int) else 0


def _ref_of(value: object) -> str:
    if isinstance(value, dict):
        value = value.get("id")
    is_id = isinstance(value, str | int) and not isinstance(value, bool)
    return str(value)[:100] if is_id else ""
