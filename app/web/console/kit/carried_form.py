"""What somebody had typed when their session was over: carried through the sign-in page."""

import json
from dataclasses import dataclass
from typing import Any

from app.web.console.kit.forms import Form

__all__ = ["CarriedForm", "is_console_path", "pack", "unpack"]

# Never shown again, not even to who typed it.
_SECRET = ("password", "code", "secrets")


@dataclass(frozen=True, slots=True)
class CarriedForm:
    """A submission that has still to be sent: where to, and its fields."""

    path: str
    fields: tuple[tuple[str, str], ...]


def is_console_path(path: str) -> bool:
    """Whether this is an address of the console and of nobody else."""
    return path.startswith("/console/") and "\\" not in path and path.isprintable()


def pack(path: str, form: Form) -> str:
    """The submission as one hidden field."""
    kept = [each for each in form.fields if not any(word in each[0] for word in _SECRET)]
    return json.dumps([path, kept])


def unpack(packed: str) -> CarriedForm | None:
    """The submission that was packed; None when it is none, or leads elsewhere."""
    try:
        found: Any = json.loads(packed)
        path, fields = found
        carried = CarriedForm(str(path), tuple((str(name), str(value)) for name, value in fields))
    except (ValueError, TypeError):
        return None
    return carried if is_console_path(carried.path) else None
