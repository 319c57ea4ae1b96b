"""Form fields for the options of a source's adapter and of its authentication."""

import json
from collections.abc import Iterator, Mapping

from app.domain.alerts.sources import AUTH_KINDS, replace_unstorable
from app.ports.monitor import ConfigurableAdapter
from app.web.console.kit.form_fields import list_field
from app.web.console.kit.forms import Form

__all__ = [
    "auth_option_names",
    "auth_options_of",
    "options_of",
    "shown_auth_options",
    "shown_options",
]

_PREFIX = "options."
_AUTH_PREFIX = "auth_options."
_LISTS = frozenset({"topics"})
_BOOLEANS = {"true": True, "false": False}


def options_of(form: Form, adapter: ConfigurableAdapter) -> dict[str, object]:
    """Read the options, each as the first type of value that the adapter accepts.

    A value that it accepts as no type stays text, and the adapter reports what is wrong.
    """
    found: dict[str, object] = {}
    for name in adapter.option_names:
        text = replace_unstorable(form.text(f"{_PREFIX}{name}")).strip()
        if text:
            candidates = [*_candidates(text, list_field(form, f"{_PREFIX}{name}"))]
            valid = (each for each in candidates if not adapter.check_options({name: each}))
            found[name] = next(valid, text)
    return found


def _candidates(text: str, listed: tuple[str, ...]) -> Iterator[object]:
    if text in _BOOLEANS:
        yield _BOOLEANS[text]
    yield text
    yield list(listed)
    pairs = [each.partition("=") for each in listed]
    yield {word.strip(): meant.strip() for word, _, meant in pairs}


def shown_options(options: Mapping[str, object]) -> dict[str, str]:
    """Form values for the options of the adapter."""
    return {f"{_PREFIX}{name}": _as_text(value) for name, value in options.items()}


def auth_option_names() -> tuple[str, ...]:
    """Option names of all authentication methods."""
    return tuple(
        dict.fromkeys(one for kind in AUTH_KINDS.values() for one in (*kind.needs, *kind.takes))
    )


def auth_options_of(form: Form) -> dict[str, object]:
    """Read the options of the chosen authentication method, ignoring those of others."""
    kind = AUTH_KINDS.get(form.text("auth"), AUTH_KINDS["token"])
    found: dict[str, object] = {}
    for name in (*kind.needs, *kind.takes):
        field = f"{_AUTH_PREFIX}{name}"
        value: object = (
            list(list_field(form, field)) if name in _LISTS else form.text(field).strip()
        )
        if value:
            found[name] = value
    return found


def shown_auth_options(options: Mapping[str, object]) -> dict[str, str]:
    """Form values for the options of the authentication method."""
    return {f"{_AUTH_PREFIX}{name}": _as_text(value) for name, value in options.items()}


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    if isinstance(value, Mapping):
        return "\n".join(f"{word} = {meant}" for word, meant in value.items())
    return value if isinstance(value, str) else json.dumps(value)
