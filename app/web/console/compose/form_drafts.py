"""Conversion between forms and drafts: one value for each field, one line for each ticked box."""

from collections.abc import Mapping

from app.web.console.kit.forms.forms import Form

__all__ = ["draft_of", "template_fields", "ticked", "with_draft"]

# Names of boxes. They are stored even when no box is ticked, which is a choice too.
_BOXES = ("services", "still", "read", "notify")
_IN_TEMPLATES = (
    "title:",
    "body:",
    "made:",
    "status",
    "impact",
    "services",
    "notify",
    "repeats",
    "recurrence",
)
# Fields that belong to one request, not to the text.
_NOT_STORED = ("do", "shown_language", "reply", "sentence", "gap:", "template_")


def draft_of(form: Form) -> dict[str, str]:
    """The fields of a form as a draft stores them."""
    typed = {name: value for name, value in form.fields if not name.startswith(_NOT_STORED)}
    return typed | {name: ticked(form.all(name)) for name in _BOXES}


def template_fields(form: Form) -> dict[str, str]:
    """The fields of a form that a template stores: no times, and nothing about one occasion."""
    return {name: value for name, value in draft_of(form).items() if name.startswith(_IN_TEMPLATES)}


def ticked(values: tuple[str, ...]) -> str:
    """The ticked boxes of one name as a draft stores them."""
    return "\n".join(values)


def with_draft(form: Form, draft: Mapping[str, str]) -> Form:
    """The form with the fields of a draft.

    `seen` stays that of the form: what was typed is to be compared with the present state.
    """
    typed = {name: value for name, value in draft.items() if name != "seen"}
    fields = [each for each in form.fields if each[0] not in typed]
    for name, value in typed.items():
        values = value.splitlines() if name in _BOXES else [value]
        fields += [(name, each) for each in values]
    return Form(tuple(fields))
