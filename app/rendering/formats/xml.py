"""XML from templates: every value is escaped there, and holds nothing that XML cannot hold."""

import re
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cache

from jinja2 import Environment
from markupsafe import Markup, escape

from app.i18n.bidi import strip_controls
from app.rendering.template_loader import new_environment
from app.rendering.text.instants import format_rfc3339

__all__ = ["render_xml"]

# XML 1.0 section 2.2; what else it forbids is taken out of every text already.
_NO_XML = re.compile("[\ufffe\uffff]")


def render_xml(template: str, **values: object) -> bytes:
    """The XML document that `templates/feeds/<template>` makes of these values."""
    return _environment().get_template(f"feeds/{template}").render(**values).encode()


@cache
def _environment() -> Environment:
    environment = new_environment(autoescape=True, finalize=_finalized)
    environment.filters["escape_again"] = _escaped_again
    environment.filters["rfc822"] = _rfc822
    environment.filters["rfc3339"] = format_rfc3339
    return environment


def _finalized(value: object) -> object:
    if isinstance(value, str):
        return type(value)(_NO_XML.sub("", strip_controls(value)))
    return value


def _escaped_again(html: str) -> Markup:
    """Markup as text, for readers that unpack it; a plain `escape` would leave it as it is."""
    return escape(str(html))


def _rfc822(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC))
