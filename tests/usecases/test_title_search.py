"""Titles of automation are searched in the languages of the page and of the console."""

from app.domain.texts.phrases import Phrase, Phrased
from app.i18n.languages import CONSOLE_LANGUAGES
from app.usecases.page.settings import PageChange, edit_page
from app.usecases.title_search import languages_of_titles, search_form
from tests.cast import Backend

TITLE = Phrased.of(Phrase.of("title.unreachable", services=("Payments",)))


def test_a_title_is_stored_in_the_languages_of_its_readers_and_in_no_other(
    backend: Backend,
) -> None:
    with backend.writing() as ctx:
        edit_page(ctx, PageChange(languages=("ar", "en"), default_language="en"))
        languages = languages_of_titles(ctx)
    assert languages == tuple(dict.fromkeys(("ar", "en", *CONSOLE_LANGUAGES)))
    lines = search_form(TITLE, ("en", "sv", "en")).splitlines()
    assert len(lines) == 2
    assert all("payments" in line for line in lines)
