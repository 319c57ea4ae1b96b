"""Settings of the page: name, time zone, languages, publication, appearance."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.db.queries.page import page
from app.db.tables import PageRow
from app.domain.errors import InvalidError
from app.domain.page.appearance import PageLink
from app.domain.permissions import Action
from app.domain.publication import LONGEST_UNDO_SECONDS
from app.domain.texts.localized_text import LocalizedText
from app.domain.validation import check_range, check_text
from app.i18n.languages import LANGUAGES
from app.usecases import audit
from app.usecases.context import Ctx
from app.usecases.page.appearance import links_of, set_appearance
from app.usecases.time_zones import check_time_zone

__all__ = ["PageChange", "PageSettings", "edit_page", "page_settings"]

_MAX_REMINDER_MINUTES = 24 * 60
_MAX_ANNOUNCE_MINUTES = 7 * 24 * 60
_MAX_POSTAL_ADDRESS = 200
# Tags that an error message repeats, and the characters of each.
_MOST_SHOWN = 5
_LONGEST_SHOWN = 35
# Settings that change nothing that visitors see.
_FOR_STAFF = frozenset(
    {
        "announce_minutes",
        "four_eyes",
        "four_eyes_automation",
        "postal_address",
        "reminder_minutes",
        "undo_seconds",
    }
)


@dataclass(frozen=True, slots=True)
class PageSettings:
    """The settings of the page.

    `undo_seconds`, `reminder_minutes` and `announce_minutes` are 0 when switched off; the last one
    is how long before a window subscribers are reminded of it.
    """

    name: LocalizedText
    time_zone: str
    default_language: str
    languages: tuple[str, ...]
    undo_seconds: int
    four_eyes: bool
    four_eyes_automation: bool
    reminder_minutes: int
    announce_minutes: int
    postal_address: str | None
    accent_light: str | None
    accent_dark: str | None
    links: tuple[PageLink, ...]
    logo_contains_name: bool
    former_texts_public: bool
    show_notified: bool


@dataclass(frozen=True, slots=True)
class PageChange:
    """Changes of the page settings; None leaves a field unchanged.

    An empty accent or postal address resets it; `links` replaces all links.
    """

    name: LocalizedText | None = None
    time_zone: str | None = None
    default_language: str | None = None
    languages: Sequence[str] | None = None
    undo_seconds: int | None = None
    four_eyes: bool | None = None
    four_eyes_automation: bool | None = None
    reminder_minutes: int | None = None
    announce_minutes: int | None = None
    postal_address: str | None = None
    accent_light: str | None = None
    accent_dark: str | None = None
    links: Sequence[PageLink] | None = None
    logo_contains_name: bool | None = None
    former_texts_public: bool | None = None
    show_notified: bool | None = None


def page_settings(ctx: Ctx) -> PageSettings:
    """The current settings."""
    ctx.require(Action.READ)
    return _settings(page.read_page(ctx.session))


def edit_page(ctx: Ctx, change: PageChange) -> PageSettings:
    """Change the given settings. Raises InvalidError naming the field, ForbiddenError."""
    ctx.require(Action.CONFIGURE)
    row = page.read_page(ctx.session)
    before = _settings(row)
    if change.name is not None:
        row.name = row.name.revise(dict(change.name), change.name.origins)
    if change.time_zone is not None:
        row.time_zone = check_time_zone(change.time_zone)
    if change.languages is not None:
        row.languages = _languages(change.languages)
    if change.default_language is not None:
        row.default_language = change.default_language.strip().lower().replace("_", "-")
    if row.default_language not in row.languages:
        raise InvalidError(
            "The default language is one of the page's languages.",
            code="unknown_language",
            field="default_language",
        )
    _set_publication_rules(row, change)
    set_appearance(row, change.accent_light, change.accent_dark, change.links)
    _set_display_rules(row, change)
    ctx.session.flush()
    after = _settings(row)
    changed = [name for name in PageSettings.__slots__ if _differ(before, after, name)]
    if not _FOR_STAFF.issuperset(changed):
        ctx.touch()
    audit.record(
        ctx,
        "page.edit",
        "page",
        row.public_id,
        before={name: _plain(getattr(before, name)) for name in changed},
        after={name: _plain(getattr(after, name)) for name in changed},
    )
    return after


def _set_display_rules(row: PageRow, change: PageChange) -> None:
    if change.logo_contains_name is not None:
        row.logo_contains_name = change.logo_contains_name
    if change.former_texts_public is not None:
        row.former_texts_public = change.former_texts_public
    if change.show_notified is not None:
        row.show_notified = change.show_notified


def _set_publication_rules(row: PageRow, change: PageChange) -> None:
    if change.undo_seconds is not None:
        row.undo_seconds = check_range(
            change.undo_seconds, 0, LONGEST_UNDO_SECONDS, field="undo_seconds"
        )
    if change.reminder_minutes is not None:
        row.reminder_minutes = check_range(
            change.reminder_minutes, 0, _MAX_REMINDER_MINUTES, field="reminder_minutes"
        )
    if change.announce_minutes is not None:
        row.announce_minutes = check_range(
            change.announce_minutes, 0, _MAX_ANNOUNCE_MINUTES, field="announce_minutes"
        )
    if change.postal_address is not None:
        row.postal_address = _postal_address(change.postal_address)
    if change.four_eyes is not None:
        row.four_eyes = change.four_eyes
    if change.four_eyes_automation is not None:
        row.four_eyes_automation = change.four_eyes_automation


def _postal_address(text: str) -> str | None:
    """The address on one line; None when it is empty."""
    line = " ".join(text.split())
    if not line:
        return None
    return check_text(line, field="postal_address", limit=_MAX_POSTAL_ADDRESS)


def _languages(tags: Sequence[str]) -> list[str]:
    """The tags in lower case with hyphens. Raises InvalidError, which names the unknown ones."""
    languages = [tag.strip().lower().replace("_", "-") for tag in tags]
    if not languages:
        raise InvalidError("Choose at least one language.", code="no_language", field="languages")
    unknown = [tag for tag in languages if tag not in LANGUAGES]
    repeated = [tag for tag in dict.fromkeys(languages) if languages.count(tag) > 1]
    if unknown or repeated:
        wrong = ", ".join(_shown(tag) for tag in (unknown or repeated)[:_MOST_SHOWN])
        reason = "These are not offered" if unknown else "These are named more than once"
        raise InvalidError(
            f"{reason}: {wrong}. The languages are: {', '.join(LANGUAGES)}.",
            code="unknown_language",
            field="languages",
        )
    return languages


def _shown(tag: str) -> str:
    """A tag of a request as an error message shows it."""
    plain = "".join(char for char in tag if char.isprintable())[:_LONGEST_SHOWN]
    return plain or "an empty tag"


def _settings(row: PageRow) -> PageSettings:
    return PageSettings(
        name=row.name,
        time_zone=row.time_zone,
        default_language=row.default_language,
        languages=tuple(row.languages),
        undo_seconds=row.undo_seconds,
        four_eyes=row.four_eyes,
        four_eyes_automation=row.four_eyes_automation,
        reminder_minutes=row.reminder_minutes,
        announce_minutes=row.announce_minutes,
        postal_address=row.postal_address,
        accent_light=row.accent_light,
        accent_dark=row.accent_dark,
        links=links_of(row),
        logo_contains_name=row.logo_contains_name,
        former_texts_public=row.former_texts_public,
        show_notified=row.show_notified,
    )


def _differ(before: PageSettings, after: PageSettings, name: str) -> bool:
    return bool(getattr(before, name) != getattr(after, name))


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, PageLink):
        return {"name": dict(value.name), "url": value.url}
    return dict(value) if isinstance(value, LocalizedText) else value
