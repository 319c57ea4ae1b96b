from pathlib import Path

import pytest

from scripts import catalogues
from scripts.messages import phrasebook

PROJECT = Path(__file__).resolve().parent.parent.parent
CODE = """
saved = ngettext("%(count)s service", "%(count)s services", 2)
N_("Resolved")
"""
PAGE = "<h1>{% trans %}History{% endtrans %}</h1> {{ pgettext('verb', 'Open') }}"
SWEDISH = """
msgid "%(count)s service"
msgid_plural "%(count)s services"
msgstr[0] "%(count)s tjänst"
msgstr[1] "%(count)s tjänster"

msgid "History"
msgstr "Historik"

msgctxt "verb"
msgid "Open"
msgstr "Öppna"

msgid "Resolved"
msgstr "Löst"
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of four phrases in Swedish, in order."""
    monkeypatch.setattr(phrasebook, "MINIMUM", 4)
    monkeypatch.setattr(catalogues, "CONSOLE_LANGUAGES", ("en", "sv"))
    (tmp_path / "pyproject.toml").write_bytes((PROJECT / "pyproject.toml").read_bytes())
    write(tmp_path / "app" / "words.py", CODE)
    write(tmp_path / "templates" / "_parts" / "page.html", PAGE)
    catalogues.update(tmp_path)
    catalogues.start(tmp_path, "sv")
    translate(tmp_path, SWEDISH)
    return tmp_path


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def translate(root: Path, text: str) -> None:
    file = phrasebook.file_of(root, "sv")
    header = file.read_text(encoding="utf-8").split("\n\n")[0]
    file.write_text(f"{header}\n{text}", encoding="utf-8")


def problems(root: Path, *languages: str) -> str:
    return "\n".join(catalogues.problems(root, languages=("en", *(languages or ("sv",)))))


def test_a_complete_catalogue_has_no_problems(root: Path) -> None:
    assert problems(root) == ""


def test_updating_twice_changes_nothing(root: Path) -> None:
    catalogues.update(root)
    before = phrasebook.file_of(root, "sv").read_bytes()
    catalogues.update(root)
    assert phrasebook.file_of(root, "sv").read_bytes() == before


def test_a_new_phrase_is_a_problem_until_it_is_extracted_and_translated(root: Path) -> None:
    write(root / "app" / "more.py", '_("Subscribe")')
    assert "messages.pot does not say what the code says" in problems(root)
    assert "Subscribe: is not in the catalogue" in problems(root)
    catalogues.update(root)
    assert problems(root) == "sv: Subscribe: is not translated"


def test_a_removed_phrase_is_a_problem_until_the_catalogue_is_updated(root: Path) -> None:
    write(root / "app" / "more.py", '_("Subscribe")')
    catalogues.update(root)
    (root / "app" / "more.py").write_text("")
    assert "Subscribe: the code no longer says it" in problems(root)
    catalogues.update(root)
    assert problems(root) == ""


@pytest.mark.parametrize(
    ("was", "becomes", "complaint"),
    [
        ('"Historik"', '""', "History: is not translated"),
        ('msgid "History"', '#, fuzzy\nmsgid "History"', "History: is fuzzy"),
        ('msgstr[1] "%(count)s tjänster"\n', "", "has 1 of 2 plural forms"),
        ('"%(count)s tjänster"', '""', "has 1 of 2 plural forms"),
        ('"%(count)s tjänster"', '"%(cuont)s tjänster"', "placeholder"),
        ('msgctxt "verb"', 'msgctxt "adjective"', "Open: is not in the catalogue"),
        ('msgstr "Historik"', "Historik", "cannot be read"),
    ],
)
def test_a_wrong_translation_is_found(root: Path, was: str, becomes: str, complaint: str) -> None:
    assert was in SWEDISH
    translate(root, SWEDISH.replace(was, becomes))
    assert complaint in problems(root)


def test_arabic_needs_six_plural_forms(root: Path) -> None:
    catalogues.start(root, "ar")
    assert "%(count)s service: has 0 of 6 plural forms" in problems(root, "ar")


def test_a_plural_rule_that_cldr_does_not_have_is_found(root: Path) -> None:
    file = phrasebook.file_of(root, "sv")
    file.write_text(file.read_text(encoding="utf-8").replace("n==1 ? 0 : 1", "n > 1"), "utf-8")
    assert "another plural rule than CLDR" in problems(root)
    catalogues.update(root)
    assert problems(root) == ""


def test_a_language_without_a_catalogue_is_found(root: Path) -> None:
    assert problems(root, "de") == "de: there is no catalogue; run `make lang L=de`"


def test_a_template_with_a_syntax_error_is_not_skipped(root: Path) -> None:
    write(root / "templates" / "broken.html", "{% trans %}Never closed")
    assert "broken.html:1" in problems(root)


def test_an_extraction_with_too_few_phrases_changes_nothing(root: Path) -> None:
    (root / "app" / "words.py").unlink()
    before = phrasebook.file_of(root, "sv").read_bytes()
    assert "only 2 phrases were found" in problems(root)
    with pytest.raises(ValueError, match="nothing was changed"):
        catalogues.update(root)
    assert phrasebook.file_of(root, "sv").read_bytes() == before


def test_every_function_that_marks_a_phrase_is_extracted(root: Path) -> None:
    marks = '_("a"); gettext("b"); NP_("c", "cs"); npgettext("x", "d", "ds", 1); N_("e")'
    write(root / "app" / "marks.py", marks)
    found = {str(message.id) for message in phrasebook.extracted(root)["messages"]}
    assert {"a", "b", "('c', 'cs')", "('d', 'ds')", "e"} <= found


@pytest.mark.parametrize("tag", ["xx-nonsense", "sv", "en"])
def test_an_unknown_or_existing_language_is_refused(root: Path, tag: str) -> None:
    with pytest.raises(ValueError, match=r"no language tag|there already|needs no catalogue"):
        catalogues.start(root, tag)


def test_texts_of_the_console_have_a_separate_catalogue(root: Path) -> None:
    write(root / "templates" / "console" / "now.html", "{% trans %}Now{% endtrans %}")
    write(root / "app" / "web" / "console" / "home.py", 'N_("Menu")')
    assert "locales/console.pot does not say what the code says" in problems(root)
    catalogues.update(root)
    assert problems(root) == "sv (console): there is no catalogue; run `make lang L=sv console`"
    catalogues.start(root, "sv", "console")
    assert problems(root).splitlines() == [
        "sv (console): Menu: is not translated",
        "sv (console): Now: is not translated",
    ]
    assert "Menu" not in phrasebook.template_file(root).read_text(encoding="utf-8")


def test_only_languages_of_the_console_need_its_catalogue(root: Path) -> None:
    write(root / "templates" / "console" / "now.html", "{% trans %}Now{% endtrans %}")
    catalogues.update(root)
    assert "fi (console)" not in problems(root, "fi")
