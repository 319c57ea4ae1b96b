"""Comments for translators: where a message stands, and what its placeholders are."""

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message

from app.i18n.catalogue_files import MESSAGES
from scripts.messages import phrasebook
from scripts.messages.message_places import Occurrences, place_of_file, template_places
from scripts.messages.placeholders import PLACEHOLDERS, placeholders

ROOT = Path(__file__).parents[3]
PAGE = "templates/public/incident.html"


@cache
def public() -> Catalog:
    """The public messages as they are extracted from code and templates."""
    return phrasebook.extracted(ROOT)[MESSAGES]


def messages() -> list[Message]:
    """Each public message, without the header."""
    return [message for message in public() if message.id]


def test_each_public_message_says_where_it_stands() -> None:
    assert len(messages()) > 400
    silent = [
        message.id
        for message in messages()
        if not any(re.match(r"[A-Z][a-z ]+: .+\.$", line) for line in message.auto_comments)
    ]
    assert silent == []


def test_each_placeholder_of_a_public_message_is_described() -> None:
    for message in messages():
        for name in placeholders(message):
            assert any(line.startswith(f"%({name})s: ") for line in message.auto_comments), (
                message.id
            )


def test_no_description_of_a_placeholder_is_left_over() -> None:
    used = {name for message in messages() for name in placeholders(message)}
    assert used == set(PLACEHOLDERS)


def test_each_form_of_a_plural_message_holds_its_number() -> None:
    # A language whose first form also stands for 21 or 0 must be able to write the number there.
    for message in messages():
        if message.pluralizable:
            assert all("%(count)s" in form for form in message.id), message.id


def test_a_status_has_a_context_for_each_noun_that_it_describes() -> None:
    contexts = {message.context: message.id for message in messages() if message.context}
    for noun in ("a service", "an incident", "a maintenance", "a message"):
        assert f"status of {noun}" in contexts


@pytest.mark.parametrize(
    "unit", ["%(days)s", "%(hours)s", "%(minutes)s", "%(count)s day ago", "%(count)s hour"]
)
def test_no_public_message_words_a_length_of_time(unit: str) -> None:
    """CLDR has the units of each language."""
    assert not [
        message.id for message in messages() if any(unit in form for form in _forms(message))
    ]


@pytest.mark.parametrize("name", ["services", "names", "hosts", "titles"])
def test_a_list_of_names_follows_a_colon(name: str) -> None:
    """Before or within a clause, its number and its case would have to agree."""
    for message in messages():
        for form in _forms(message):
            if f"%({name})s" in form and "for %(host)s but" not in form:
                assert f": %({name})s" in form, form


def _forms(message: Message) -> tuple[str, ...]:
    return tuple(message.id) if isinstance(message.id, list | tuple) else (message.id,)


def at(source: str, text: str, *, context: str = "", file: str = PAGE) -> Occurrences:
    """The occurrences of a message in a template."""
    return template_places(file, source)[context, text]


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("<h2>{% trans %}Text{% endtrans %}</h2>", "Heading"),
        ("<form><p><button>{% trans %}Text{% endtrans %}</button></form>", "Button"),
        ("<p>A <br> <a href='x'>B</a> {% trans %}Text{% endtrans %}</p>", "Text"),
        ('<a href="{{ home }}">{{ icon("x") }}{% trans %}Text{% endtrans %}</a>', "Link"),
        ('<span class="badge">{{ gettext("Text") }}</span>', "Badge"),
        ('<p aria-label="{% trans %}Text{% endtrans %}"></p>', "Label for screen readers"),
        ('<p data-now="{{ gettext("Text") }}"></p>', "Text that the script of the page shows"),
        (
            "{% block title %}{% trans %}Text{% endtrans %}{% endblock %}<p></p>",
            "Title of the page",
        ),
        ("{% block main %}<p>{% trans %}Text{% endtrans %}</p>{% endblock %}", "Text"),
        ("<table><tr><th>{% trans %}Text{% endtrans %}</th>", "Heading of a table column"),
    ],
)
def test_the_place_is_the_element_around_a_message(source: str, place: str) -> None:
    assert at(source, "Text").places == [f"{place}: page of an incident."]


def test_a_comment_belongs_to_the_next_message_of_its_line() -> None:
    source = (
        "{# Translators: The first. #}{% trans %}One{% endtrans %} {% trans %}Two{% endtrans %} "
        '{# Translators: The third. #}{{ gettext("Three") }} {# No comment. #}'
    )
    assert [at(source, text).authors for text in ("One", "Two", "Three")] == [
        ["The first."],
        [],
        ["The third."],
    ]


def test_plurals_placeholders_and_contexts_are_recognized() -> None:
    plural = "{% trans count=x | length %}\n  {{ count }} day\n  ago{% pluralize %}b{% endtrans %}"
    assert at(plural, "%(count)s day ago").places
    assert at('{% trans "noun" at=x %}Close{% endtrans %}', "Close", context="noun").places
    assert at('{{ pgettext("verb", "Close") }}', "Close", context="verb").places
    both = '{{ npgettext("noun", "%(count)s hit", "%(count)s hits", n, count=n) }}'
    assert at(both, "%(count)s hit", context="noun").places
    assert at("{%- trans trimmed %} Close {% endtrans -%}", "Close").places


def test_the_subject_of_a_mail_is_called_so() -> None:
    subject = at("{% trans %}Text{% endtrans %}", "Text", file="templates/messages/x/subject.txt")
    assert subject.places == ["Subject: mail to a subscriber."]


def test_each_file_of_the_public_page_is_described() -> None:
    files = [*ROOT.glob("templates/public/*.html"), *ROOT.glob("templates/text/*.txt")]
    with_texts = [file for file in files if "trans" in file.read_text(encoding="utf-8")]
    assert with_texts
    for file in with_texts:
        if file.name != "preview.html":
            assert place_of_file(file.relative_to(ROOT).as_posix()), file
