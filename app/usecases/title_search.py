"""Search form of titles, stored beside them: in every language, folded as queries are."""

from datetime import UTC

from app.db.queries import title_search
from app.domain.localized_text import LocalizedText
from app.domain.phrases import Text
from app.domain.search import fold_text
from app.i18n.languages import LANGUAGES, SOURCE
from app.i18n.localization import Locale, localize
from app.usecases.context import Ctx

__all__ = ["index_titles", "search_form"]

_BATCH = 500


def search_form(title: Text) -> str:
    """The search form of a title: one line for each language."""
    if isinstance(title, LocalizedText):
        texts = [text for _, text in title]
    else:
        locales = (Locale.of(tag, default=SOURCE, zone=UTC) for tag in LANGUAGES)
        texts = [localize(title, locale).text for locale in locales]
    return "\n".join(dict.fromkeys(fold_text(each) for each in texts))


def index_titles(ctx: Ctx) -> bool:
    """Store the search form of titles that an older release stored; whether there are more.

    Indexes a limited number of rows, so that the transaction is short.
    """
    rows = title_search.rows_without_search_form(ctx.session, _BATCH)
    for row in rows:
        row.title_search = search_form(row.title)
    return len(rows) >= _BATCH
