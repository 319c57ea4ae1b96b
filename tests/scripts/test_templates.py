from pathlib import Path

import pytest

from scripts.templates import problems


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "base.html").write_text("{% block main %}{% endblock %}")
    return tmp_path


def test_a_good_template_is_fine(root: Path) -> None:
    page = "{% extends 'base.html' %}{% block main %}{% trans %}Hello{% endtrans %}{% endblock %}"
    (root / "templates" / "page.html").write_text(page)
    assert problems(root) == []


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{% if %}", "Expected an expression"),
        ("{% block main %}", "Unexpected end of template"),
        ("{{ name|no_such_filter }}", "no_such_filter"),
        ("{% extends 'bass.html' %}", "there is no bass.html"),
        ("{% include 'bass.html' %}", "there is no bass.html"),
    ],
)
def test_a_template_that_cannot_work_is_found(root: Path, text: str, complaint: str) -> None:
    (root / "templates" / "page.html").write_text(text)
    assert len(found := problems(root)) == 1
    assert found[0].startswith("templates/page.html: ")
    assert complaint in found[0]


def test_no_template_at_all_is_a_mistake_of_the_check(tmp_path: Path) -> None:
    assert problems(tmp_path) == ["templates/: there are no templates"]


@pytest.mark.parametrize(
    "text",
    ["<p>Bare</p>", '<a title="Bare">{{ x }}</a>', "{{ x }} Bare", "{% if x %}Bare{% endif %}"],
)
def test_what_the_console_says_is_marked(root: Path, text: str) -> None:
    (root / "templates" / "console").mkdir()
    (root / "templates" / "console" / "page.html").write_text(text)
    assert len(found := problems(root)) == 1
    assert found[0].startswith("templates/console/page.html: not marked: ")


def test_what_is_marked_in_the_console_is_fine(root: Path) -> None:
    (root / "templates" / "console").mkdir()
    page = (
        '{# A note. #}<p class="words">{% trans n=1 %}Some{% pluralize %}More{% endtrans %} · 1</p>'
    )
    (root / "templates" / "console" / "page.html").write_text(page)
    assert problems(root) == []
