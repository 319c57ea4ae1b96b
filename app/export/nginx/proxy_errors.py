"""nginx configuration of the page that a proxy sends while no server of Fyr answers.

`deploy/nginx.conf` includes it in the `http` block and uses its variables.
"""

import base64
import hashlib
import re
from collections.abc import Sequence

from app.export.nginx.maps import language_maps, map_block
from app.rendering import pages

__all__ = ["proxy_errors_conf"]

_STYLE = re.compile("<style>(.*?)</style>", re.DOTALL)
_KIND = "error_"


def proxy_errors_conf(languages: Sequence[str], default: str) -> str:
    """Maps for the language of the visitor, and for the page in that language."""
    tags = {f"~*^/{tag}(?:/|$)": tag for tag in languages}
    bodies = {tag: _quoted(pages.unreachable(tag).decode()) for tag in languages}
    return "\n".join(
        [
            "# Written by `fyr proxy-errors`. Include this in nginx's http block.",
            language_maps(_KIND, languages, default),
            map_block("$uri", "$fyr_error_language", tags, "$fyr_error_wished"),
            map_block("$uri", "$fyr_error_style", {}, _style_hash(bodies[default])),
            _map_of_pages("$fyr_error_language", "$fyr_error_page", bodies),
            "",
        ]
    )


def _map_of_pages(source: str, name: str, bodies: dict[str, str]) -> str:
    lines = [f"    {tag} '{body}';" for tag, body in bodies.items()]
    return "\n".join([f"map {source} {name} {{", *lines, "}"])


def _quoted(html: str) -> str:
    """The text of a parameter of nginx in single quotes; a dollar sign would begin a variable."""
    return html.replace("$", "&#36;").replace("\\", "&#92;").replace("'", "&#39;")


def _style_hash(html: str) -> str:
    """The source of the page's style in a Content-Security-Policy."""
    (style,) = _STYLE.findall(html)
    return "sha256-" + base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
