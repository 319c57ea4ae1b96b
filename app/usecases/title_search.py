"""Search form of titles, stored beside them: in each language of readers, folded as queries are."""

from collections.abc import Sequence
from datetime import UTC

from app.db.queries import title_search
from app.db.queries.page import page
from app.domain.texts.localized_text import LocalizedText
from app.domain.texts.phrases import Text
from app.domain.texts.search import fold_text
from app.i18n.languages import CONSOLE_LANGUAGES, LANGUAGES, SOURCE
from app.i18n.localization import Locale, localize
from app.usecases.context import Ctx

__all__ = ["index_titles", "languages_of_titles", "search_form"]

_BATCH = 500


def languages_of_titles(ctx: Ctx) -> Sequence[str]:
    """The languages in which a title of automation can be found: of the page and of the console.

    Not every language on offer: the first title would load 50 catalogues.
    """
    return tuple(dict.fromkeys((*page.read_page(ctx.session).languages, *CONSOLE_LANGUAGES)))


def search_form(title: Text, languages: Sequence[str] = LANGUAGES) -> str:
    """The search form of a title: one line for each of its languages, for phrases `languages`."""
    if isinstance(title, LocalizedText):
        texts = [text for _, text in title]
    else:
        locales = (Locale.of(tag, default=SOURCE, zone=UTC) for tag in languages)
        texts = [localize(title, locale).text for locale in locales]
    return "\n".join(dict.fromkeys(fold_text(each) for each in texts))


def index_titles(ctx: Ctx) -> bool:
    """Store the search form of titles that an older release stored; whether there are more.

    Indexes a limited number of rows, so that the transaction is short.
    """
    rows = title_search.rows_without_search_form(ctx.session, _BATCH)
    languages = languages_of_titles(ctx) if rows else ()
    for row in rows:
        row.title_search = search_form(row.title, languages)
    return len(rows) >= _BATCH
