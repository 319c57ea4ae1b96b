"""A form that was submitted after the session had expired, carried through the sign-in page."""

import json
from dataclasses import dataclass
from typing import Any

from app.web.console.kit.forms import Form

__all__ = ["CarriedForm", "is_console_path", "pack", "unpack"]

# Fields whose name contains one of these are not carried: a page must not contain a secret.
_SECRET = ("password", "code", "secrets")


@dataclass(frozen=True, slots=True)
class CarriedForm:
    """A submission to repeat after the sign-in: its path and its fields."""

    path: str
    fields: tuple[tuple[str, str], ...]


def is_console_path(path: str) -> bool:
    """Whether `path` is a path of the console, and no URL of another site."""
    return path.startswith("/console/") and "\\" not in path and path.isprintable()


def pack(path: str, form: Form) -> str:
    """Serialize a submission into the value of one hidden field, without secrets and files."""
    fields = [each for each in form.fields if not any(word in each[0] for word in _SECRET)]
    return json.dumps([path, fields])


def unpack(packed: str) -> CarriedForm | None:
    """Parse a packed submission; None when it is invalid or its path is not of the console."""
    try:
        found: Any = json.loads(packed)
        path, fields = found
        carried = CarriedForm(str(path), tuple((str(name), str(value)) for name, value in fields))
    except (ValueError, TypeError):
        return None
    return carried if is_console_path(carried.path) else None
