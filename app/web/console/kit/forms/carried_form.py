"""A form that was submitted after the session had expired, carried through the sign-in page."""

import json
from dataclasses import dataclass
from typing import Any

from app.payloads.strict_json import EXTERNAL_LIMITS, read_json
from app.web.console.kit.forms.forms import Form

__all__ = ["CarriedForm", "is_console_path", "pack", "unpack"]

# Fields with these names, or with a name that contains one of these words, are not carried: a page
# must not contain a secret.
_SECRET_NAMES = frozenset({"key", "new", "present", "token"})
_SECRET_WORDS = ("password", "code", "secrets")


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
    fields = [each for each in form.fields if not _is_secret(each[0])]
    return json.dumps([path, fields])


def _is_secret(name: str) -> bool:
    return name in _SECRET_NAMES or any(word in name for word in _SECRET_WORDS)


def unpack(packed: str) -> CarriedForm | None:
    """Parse a packed submission; None when it is invalid or its path is not of the console."""
    try:
        found: Any = read_json(packed, EXTERNAL_LIMITS)
        path, fields = found
        carried = CarriedForm(str(path), tuple((str(name), str(value)) for name, value in fields))
    except (ValueError, TypeError):
        return None
    return carried if is_console_path(carried.path) else None
