"""Appearance of the page: accent colours and links, read from and written to the row."""

from collections.abc import Sequence

from app.db.tables import PageRow
from app.domain.page.appearance import (
    DARK_BACKGROUND,
    LIGHT_BACKGROUND,
    Accent,
    PageLink,
    check_accent,
    check_url,
)
from app.domain.texts.localized_text import LocalizedText

__all__ = ["accent_of", "links_of", "set_appearance"]


def accent_of(row: PageRow) -> Accent | None:
    """The accent colours of the page; None for the default ones."""
    if row.accent_light is None and row.accent_dark is None:
        return None
    return Accent(row.accent_light, row.accent_dark)


def links_of(row: PageRow) -> tuple[PageLink, ...]:
    """The links in the footer of the page, in their order."""
    return tuple(
        PageLink(
            LocalizedText.from_mapping(each["name"], default=row.default_language), each["url"]
        )
        for each in row.links or []
    )


def set_appearance(
    row: PageRow, light: str | None, dark: str | None, links: Sequence[PageLink] | None
) -> None:
    """Set what is not None; an empty accent resets it to the default. Raises InvalidError."""
    if light is not None:
        row.accent_light = (
            check_accent(light, LIGHT_BACKGROUND, field="accent_light") if light else None
        )
    if dark is not None:
        row.accent_dark = check_accent(dark, DARK_BACKGROUND, field="accent_dark") if dark else None
    if links is not None:
        row.links = [
            {"name": dict(each.name), "url": check_url(each.url, field="links")} for each in links
        ]
