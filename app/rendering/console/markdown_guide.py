"""Markdown guide: what staff can write in a text, beside what visitors see."""

from dataclasses import dataclass

from markupsafe import Markup

from app.domain.texts.phrases import N_
from app.i18n.localization import Locale
from app.rendering.text.markdown import render_markdown

__all__ = ["GuideEntry", "markdown_guide"]

# docs/markdown.md describes them too.
_ENTRIES = (
    (N_("Bold, italic, strikethrough"), "**bold** *italic* ~~struck out~~"),
    (N_("Line break and paragraph"), "first line\nsecond line\n\nnext paragraph"),
    (N_("Link"), "https://example.com/ [example](https://example.com/)"),
    (N_("List"), "- apples\n- pears\n\n1. first\n2. second"),
    (N_("Table"), "| Region | Errors |\n|---|--:|\n| EU | 3 % |\n| US | 0 % |"),
    (N_("Heading"), "## Heading"),
    (N_("Quotation"), "> quoted"),
    (N_("Code"), "`code`\n\n```\nlines of code\n```"),
    (N_("Time, shown in the time zone of the visitor"), "{{2021-09-30T14:01Z}}"),
    (N_("Image: visitors see a link to it"), "![chart](https://example.com/chart.png)"),
)
_HEADINGS_BELOW = 2


@dataclass(frozen=True, slots=True)
class GuideEntry:
    """One element of Markdown: its name, an example, and the example as visitors see it."""

    name: str
    source: str
    html: Markup


def markdown_guide(locale: Locale) -> tuple[GuideEntry, ...]:
    """The elements of Markdown that staff can use, in the language of `locale`."""
    return tuple(
        GuideEntry(
            locale.catalogue.gettext(name),
            source,
            render_markdown(source, locale, below=_HEADINGS_BELOW),
        )
        for name, source in _ENTRIES
    )
