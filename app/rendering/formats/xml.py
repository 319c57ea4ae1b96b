"""XML documents from templates: values are escaped, and characters invalid in XML removed."""

import re
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cache

from jinja2 import Environment
from markupsafe import Markup, escape

from app.i18n.bidi import strip_overrides
from app.rendering.template_loader import new_environment
from app.rendering.text.instants import format_rfc3339

__all__ = ["render_xml"]

# Invalid by XML 1.0 section 2.2; `strip_overrides` removes the others.
_INVALID = re.compile("[\ufffe\uffff]")


def render_xml(template: str, **values: object) -> bytes:
    """The XML of `templates/feeds/<template>` with these values."""
    return _environment().get_template(f"feeds/{template}").render(**values).encode()


@cache
def _environment() -> Environment:
    environment = new_environment(autoescape=True, finalize=_cleaned)
    environment.filters["escape_again"] = _escape_markup
    environment.filters["rfc822"] = _format_rfc822
    environment.filters["rfc3339"] = format_rfc3339
    return environment


def _cleaned(value: object) -> object:
    if isinstance(value, str):
        return type(value)(_INVALID.sub("", strip_overrides(value)))
    return value


def _escape_markup(html: str) -> Markup:
    """Markup escaped as text: feeds carry HTML as text, and `escape` would keep Markup as it is."""
    return escape(str(html))


def _format_rfc822(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC))
