"""The options of a source's adapter as fields of a form, as the adapter describes them."""

import json
from collections.abc import Iterator, Mapping

from app.domain.alerts.sources import AUTH_KINDS, replace_unstorable
from app.ports.monitor import ConfigurableAdapter
from app.web.console.kit.form_fields import words
from app.web.console.kit.forms import Form

__all__ = [
    "auth_option_names",
    "auth_options_of",
    "options_of",
    "shown_auth_options",
    "shown_options",
]

_BEGIN = "options."
_AUTH = "auth_options."
_LISTS = frozenset({"topics"})
_TRUTHS = {"true": True, "false": False}


def options_of(form: Form, adapter: ConfigurableAdapter) -> dict[str, object]:
    """What was written, each as the first kind of value that the adapter takes there.

    What it takes as none of them stays the text that it is, and the adapter says what is wrong.
    """
    found: dict[str, object] = {}
    for name in adapter.option_names:
        text = replace_unstorable(form.text(f"{_BEGIN}{name}")).strip()
        if text:
            readings = [*_readings(text, words(form, f"{_BEGIN}{name}"))]
            fits = (each for each in readings if not adapter.check_options({name: each}))
            found[name] = next(fits, text)
    return found


def _readings(text: str, listed: tuple[str, ...]) -> Iterator[object]:
    if text in _TRUTHS:
        yield _TRUTHS[text]
    yield text
    yield list(listed)
    pairs = [each.partition("=") for each in listed]
    yield {word.strip(): meant.strip() for word, _, meant in pairs}


def shown_options(options: Mapping[str, object]) -> dict[str, str]:
    """The fields that show these options."""
    return {f"{_BEGIN}{name}": _shown(value) for name, value in options.items()}


def auth_option_names() -> tuple[str, ...]:
    """Everything that some way to prove who calls has to know."""
    return tuple(
        dict.fromkeys(one for kind in AUTH_KINDS.values() for one in (*kind.needs, *kind.takes))
    )


def auth_options_of(form: Form) -> dict[str, object]:
    """What was written for the way that was chosen; what is meant for others is left out."""
    kind = AUTH_KINDS.get(form.text("auth"), AUTH_KINDS["token"])
    found: dict[str, object] = {}
    for name in (*kind.needs, *kind.takes):
        field = f"{_AUTH}{name}"
        value: object = list(words(form, field)) if name in _LISTS else form.text(field).strip()
        if value:
            found[name] = value
    return found


def shown_auth_options(options: Mapping[str, object]) -> dict[str, str]:
    """The fields that show these."""
    return {f"{_AUTH}{name}": _shown(value) for name, value in options.items()}


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    if isinstance(value, Mapping):
        return "\n".join(f"{word} = {meant}" for word, meant in value.items())
    return value if isinstance(value, str) else json.dumps(value)
