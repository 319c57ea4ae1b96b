"""Fields that several forms have: whole numbers, words in a list, how things become public."""

from app.domain.errors import InvalidError
from app.domain.sources import clean
from app.web.console.forms import Form

__all__ = ["PUBLISH", "publish_fields", "publish_of", "whole", "words"]

# The modes, without the minutes of the last one.
PUBLISH = ("draft", "auto", "auto_after")
_USUAL_MINUTES = "15"
_LONGEST = 9


def whole(form: Form, name: str) -> int:
    """The number in a field. Raises InvalidError."""
    text = form.text(name).strip()
    if not text.isascii() or not text.isdecimal() or len(text) > _LONGEST:
        raise InvalidError("Write a whole number.", code="not_a_number", field=name)
    return int(text)


def words(form: Form, name: str) -> tuple[str, ...]:
    """What stands in a field between commas or line ends."""
    lines = clean(form.text(name)).replace(",", "\n").splitlines()
    return tuple(line.strip() for line in lines if line.strip())


def publish_of(form: Form) -> str:
    """The publish mode that was chosen, with its minutes. Raises InvalidError."""
    mode = form.text("publish")
    return f"{mode}:{whole(form, 'publish_minutes')}" if mode == "auto_after" else mode


def publish_fields(mode: str) -> dict[str, str]:
    """The fields that show a publish mode."""
    chosen, _, minutes = mode.partition(":")
    return {"publish": chosen, "publish_minutes": minutes or _USUAL_MINUTES}
