"""Forms as drafts keep them: a value for each field, and a line for each box that is ticked."""

from collections.abc import Mapping

from app.web.console.kit.forms import Form

__all__ = ["draft_of", "left_as", "ticked"]

# Several boxes can have one of these names. None being ticked is something that was said, too.
_TICKED = ("services", "still", "notify")
# Fields that say what to do now, not what is written.
_PASSING = ("do", "tongue", "reply", "gap:")


def draft_of(form: Form) -> dict[str, str]:
    """What was typed into the form."""
    typed = {name: value for name, value in form.fields if not name.startswith(_PASSING)}
    return typed | {name: ticked(form.all(name)) for name in _TICKED}


def ticked(values: tuple[str, ...]) -> str:
    """The boxes of one name as a draft keeps them."""
    return "\n".join(values)


def left_as(form: Form, kept: Mapping[str, str]) -> Form:
    """The form as it begins, with what was typed into it.

    What the draft does not know of, such as whose update is the newest, is as it is now.
    """
    typed = {name: value for name, value in kept.items() if name != "seen"}
    fields = [each for each in form.fields if each[0] not in typed]
    for name, value in typed.items():
        values = value.splitlines() if name in _TICKED else [value]
        fields += [(name, each) for each in values]
    return Form(tuple(fields))
