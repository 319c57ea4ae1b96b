"""Form fields for the options of a source's adapter and of its authentication."""

import json
from collections.abc import Iterator, Mapping

from app.domain.alerts.sources import AUTH_KINDS, replace_unstorable
from app.ports.monitor import ConfigurableAdapter
from app.web.console.kit.forms.forms import Form

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

Options = Mapping[str, object]


def options_of(
    form: Form, adapter: ConfigurableAdapter, stored: Options | None = None
) -> dict[str, object]:
    """Read the options, each as the first type of value that the adapter accepts.

    A value that it accepts as no type stays text, and the adapter reports what is wrong. A field
    that shows the stored value gives exactly that value.
    """
    shown = shown_options(stored or {})
    found: dict[str, object] = {}
    for name in adapter.option_names:
        field = f"{_PREFIX}{name}"
        text = _field_text(form, field)
        if stored and field in shown and text == _normalized(shown[field]):
            found[name] = stored[name]
        elif text:
            valid = (each for each in _candidates(text) if not adapter.check_options({name: each}))
            found[name] = next(valid, text)
    return found


def _field_text(form: Form, field: str) -> str:
    return _normalized(replace_unstorable(form.text(field)))


def _normalized(text: str) -> str:
    """Browsers send CRLF, and a text area may show an additional line feed at its end."""
    return text.replace("\r\n", "\n").strip()


def _candidates(text: str) -> Iterator[object]:
    if text.lower() in _BOOLEANS:
        yield _BOOLEANS[text.lower()]
    yield text
    yield _split(text)
    # A severity has no equals sign; the sender's word may have some.
    for lines in (text.splitlines(), _split(text)):
        pairs = [each.rpartition("=") for each in lines if each.strip()]
        yield {word.strip(): meant.strip() for word, _, meant in pairs}


def _split(text: str) -> list[str]:
    """Split a list at line ends or, in a single line, at commas."""
    parts = text.splitlines() if "\n" in text else text.split(",")
    return [part.strip() for part in parts if part.strip()]


def shown_options(options: Options) -> dict[str, str]:
    """Form values for the options of the adapter."""
    return {f"{_PREFIX}{name}": _as_text(value) for name, value in options.items()}


def auth_option_names() -> tuple[str, ...]:
    """Option names of all authentication methods."""
    return tuple(
        dict.fromkeys(one for kind in AUTH_KINDS.values() for one in (*kind.needs, *kind.takes))
    )


def auth_options_of(form: Form, stored: Options | None = None) -> dict[str, object]:
    """Read the options of the chosen authentication method, ignoring those of others."""
    kind = AUTH_KINDS.get(form.text("auth"), AUTH_KINDS["token"])
    shown = shown_auth_options(stored or {})
    found: dict[str, object] = {}
    for name in (*kind.needs, *kind.takes):
        field = f"{_AUTH_PREFIX}{name}"
        text = _field_text(form, field)
        if stored and field in shown and text == _normalized(shown[field]):
            found[name] = stored[name]
        elif text:
            found[name] = _split(text) if name in _LISTS else text
    return found


def shown_auth_options(options: Options) -> dict[str, str]:
    """Form values for the options of the authentication method."""
    return {f"{_AUTH_PREFIX}{name}": _as_text(value) for name, value in options.items()}


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return "\n".join(map(str, value))
    if isinstance(value, Mapping):
        return "\n".join(f"{word} = {meant}" for word, meant in value.items())
    return value if isinstance(value, str) else json.dumps(value)
