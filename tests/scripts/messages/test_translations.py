from pathlib import Path

import pytest

from app.i18n import languages
from app.i18n.catalogue_files import catalogue_path, is_complete
from scripts import catalogues
from scripts.messages import phrasebook, translations

PROJECT = Path(__file__).resolve().parents[3]
CODE = """
# Translators: Label; %(count)s is a number.
saved = ngettext("%(count)s service", "%(count)s services", 2)
N_("Two lines:\\nthis is the second.")
pgettext("verb", "Open")
"""
FILLED = """\
catalogue: pl messages
header: No form of address.

english: %(count)s service
plural: %(count)s services
translation one (1): %(count)s usługa
translation few (2, 3, 4, 22): %(count)s usługi
translation many: %(count)s usług

english: Two lines:\\nthis is the second.
translation: Dwa wiersze:\\nto jest drugi.

context: verb
english: Open
translation: Otwórz
note: Not the adjective.
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of three messages with a new Polish catalogue."""
    monkeypatch.setattr(phrasebook, "MINIMUM", 3)
    (tmp_path / "pyproject.toml").write_bytes((PROJECT / "pyproject.toml").read_bytes())
    terms = tmp_path / "locales" / "en" / "terms.toml"
    terms.parent.mkdir(parents=True)
    terms.write_text('[terms]\nservice = ["service", "services"]\n"Under work" = ["Under work"]\n')
    registry = tmp_path / "app" / "i18n" / "languages.py"
    registry.parent.mkdir(parents=True)
    registry.write_text('REGISTERED: tuple[str, ...] = (\n    "en",\n)\nOTHER = (\n)\n')
    (tmp_path / "app" / "words.py").write_text(CODE, encoding="utf-8")
    catalogues.update(tmp_path)
    catalogues.start(tmp_path, "pl")
    return tmp_path


def take(root: Path, text: str, *, part: bool = False) -> list[str]:
    file = root / "sheet.txt"
    file.write_text(text, encoding="utf-8")
    found = translations.take(root, [file], part=part)
    return [each.removeprefix(f"{file}: ") for each in found]


def catalogue(root: Path) -> Path:
    return phrasebook.file_of(root, "pl")


def test_a_language_starts_with_its_folder_registry_line_plural_rule_and_terms(root: Path) -> None:
    assert "nplurals=3; plural=(n==1 ? 0 : " in catalogue(root).read_text(encoding="utf-8")
    registry = (root / "app" / "i18n" / "languages.py").read_text()
    assert registry.startswith('REGISTERED: tuple[str, ...] = (\n    "en",\n    "pl",\n)\n')
    terms = (root / "locales" / "pl" / "terms.toml").read_text(encoding="utf-8")
    assert "[terms]\nservice = []\n" in terms
    assert '"Under work" = []' in terms


def test_a_language_without_all_translations_is_not_offered(root: Path) -> None:
    assert not is_complete(catalogue(root))
    assert take(root, FILLED) == []
    assert is_complete(catalogue(root))


def test_no_registered_language_is_offered_without_its_catalogue() -> None:
    files = (catalogue_path(tag) for tag in languages.LANGUAGES if tag != "en")
    assert all(is_complete(file) for file in files)


def test_a_sheet_shows_context_comment_english_and_plural_forms(root: Path) -> None:
    shown = translations.show(root, "pl")
    assert "\n\ncomment: Label; %(count)s is a number.\n" in shown
    assert "\nenglish: %(count)s service\nplural: %(count)s services\n" in shown
    assert "translation one (1):\ntranslation few (2, 3, 4, 22):\n" in shown
    assert "context: verb\nenglish: Open\ntranslation:\n" in shown


def test_a_filled_sheet_becomes_the_catalogue_and_the_sheet_again(root: Path) -> None:
    assert take(root, FILLED) == []
    text = catalogue(root).read_text(encoding="utf-8")
    assert text.startswith('# No form of address.\nmsgid ""\n')
    assert "# translator: Not the adjective." in text
    before = catalogue(root).read_bytes()
    assert take(root, translations.show(root, "pl")) == []
    catalogues.update(root)
    assert catalogue(root).read_bytes() == before
    terms = root / "locales" / "pl" / "terms.toml"
    terms.write_text('[terms]\nservice = ["usłu*"]\n"Under work" = ["w pracy"]\n', encoding="utf-8")
    assert catalogues.problems(root, languages=("pl",)) == []


@pytest.mark.parametrize(
    ("was", "becomes", "complaint"),
    [
        (
            "english: Open",
            "english: Opne",
            "line 13: verb | Opne: the catalogue has no such message",
        ),
        ("context: verb\n", "", "line 13: Open: the catalogue has no such message"),
        ("translation: Otwórz\n", "translation:\n", "pl messages: verb | Open: is not translated"),
        ("translation many: %(count)s usług\n", "", "the plural form `many` is not translated"),
        ("translation many:", "translation other:", "`translation other` is none of its lines"),
        ("translation: Otwórz", "translation one: Otwórz", "`translation one` is none of its"),
    ],
)
def test_a_wrong_sheet_is_refused_by_the_name_of_the_message(
    root: Path, was: str, becomes: str, complaint: str
) -> None:
    assert was in FILLED
    before = catalogue(root).read_bytes()
    assert complaint in "\n".join(take(root, FILLED.replace(was, becomes)))
    assert catalogue(root).read_bytes() == before


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("english: Open", "does not name its catalogue"),
        ("catalogue: pl messages\nOtwórz", "line 2: a line begins with one of"),
        ("catalogue: xx messages", "there is no catalogue “xx messages”"),
        ("catalogue: ../../etc messages", "there is no catalogue"),
        ("catalogue: pl messages\nenglish: a\nenglish: b", "line 3: a second “english”"),
        ("catalogue: pl messages\nenglish: a\ntranslation: b\ntranslation: b", "line 4:"),
    ],
)
def test_what_is_no_sheet_is_refused_by_its_line(root: Path, text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        take(root, text)


def test_a_part_of_a_language_is_taken_on_request_and_its_rest_is_shown(root: Path) -> None:
    assert take(root, FILLED.replace("translation: Otwórz", "translation:"), part=True) == []
    rest = translations.show(root, "pl", missing=True)
    assert "english: Open" in rest
    assert "service" not in rest
    assert take(root, rest.replace("translation:", "translation: Otwórz")) == []
    assert is_complete(catalogue(root))


def test_a_taken_sheet_is_followed_by_the_remarks_of_the_checks(root: Path) -> None:
    file = root / "sheet.txt"
    assert take(root, FILLED) == []
    written, *rest = translations.remarks(root, [file])
    assert written == f"locales/pl/LC_MESSAGES/messages.po: written; {len(rest)} remarks"
    assert "terms.toml has no word for the term “service”" in rest
