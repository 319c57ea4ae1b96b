"""Every template compiles, and the templates that it extends, includes or imports exist.

In templates of the console, every text is marked for translation. (Public pages are tested more
strictly: they are rendered in a pseudo-language.)
"""

import re
from gettext import NullTranslations
from pathlib import Path

from jinja2 import Environment, TemplateError, meta

from app.rendering.console.environment import console_environment
from app.rendering.environment import public_environment
from app.rendering.messages.message import message_environment

__all__ = ["problems"]

# Not text of the page: comments, marked texts, tags of Jinja.
_MARKED = re.compile(
    r"\{#.*?#\}|\{%-?\s*trans\b.*?endtrans\s*-?%\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL
)
_TEXT_ATTRIBUTE = re.compile(r"\b(?:alt|aria-label|placeholder|title)=\"([^\"]*)\"")
_ELEMENT = re.compile(r"<!?/?[a-zA-Z][^>]*>")
_COLON = re.compile(r"\s*:\s+")
_LETTERS = re.compile(r"[^\W\d_]{2,}")


def problems(root: Path) -> list[str]:
    catalogue = NullTranslations()
    public, console = public_environment(catalogue), console_environment(catalogue)
    folder = root / "templates"
    files = sorted(file for file in folder.rglob("*") if file.suffix in {".html", ".txt"})
    found = [] if files else ["templates/: there are no templates"]
    for file in files:
        name = file.relative_to(root).as_posix()
        is_console = name.startswith("templates/console/")
        environment = console if is_console else public
        if name.startswith("templates/messages/"):
            environment = message_environment(catalogue, is_html=file.suffix == ".html")
        found += [f"{name}: {problem}" for problem in _problems(environment, folder, file)]
        if is_console:
            found += [f"{name}: not marked: {text}" for text in _unmarked(file)]
    return found


def _unmarked(file: Path) -> list[str]:
    """The texts of a template that are not marked for translation.

    A colon between a label and its value is such a text: each language punctuates them in its way.
    """
    source = _MARKED.sub("", file.read_text(encoding="utf-8"))
    texts = [*_TEXT_ATTRIBUTE.findall(source), *_ELEMENT.sub("\n", source).splitlines()]
    return [text.strip() for text in texts if _LETTERS.search(text) or _COLON.fullmatch(text)]


def _problems(jinja: Environment, folder: Path, file: Path) -> list[str]:
    source = file.read_text(encoding="utf-8")
    try:
        jinja.compile(source)
        needed = meta.find_referenced_templates(jinja.parse(source))
    except TemplateError as error:
        return [str(error)]
    # None is a name that is computed when the template is rendered.
    return [
        f"there is no {other}" for other in needed if other is None or not (folder / other).exists()
    ]
