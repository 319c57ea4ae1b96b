from pathlib import Path

import pytest

from scripts.templates import problems


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "base.html").write_text("{% block main %}{% endblock %}")
    return tmp_path


def test_a_correct_template_has_no_problems(root: Path) -> None:
    page = "{% extends 'base.html' %}{% block main %}{% trans %}Hello{% endtrans %}{% endblock %}"
    (root / "templates" / "page.html").write_text(page)
    assert problems(root) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{% if %}", "Expected an expression"),
        ("{% block main %}", "Unexpected end of template"),
        ("{{ name|no_such_filter }}", "no_such_filter"),
        ("{% extends 'bass.html' %}", "there is no bass.html"),
        ("{% include 'bass.html' %}", "there is no bass.html"),
    ],
)
def test_a_broken_template_is_found(root: Path, text: str, problem: str) -> None:
    (root / "templates" / "page.html").write_text(text)
    assert len(found := problems(root)) == 1
    assert found[0].startswith("templates/page.html: ")
    assert problem in found[0]


def test_a_project_without_templates_is_a_problem(tmp_path: Path) -> None:
    assert problems(tmp_path) == ["templates/: there are no templates"]


@pytest.mark.parametrize(
    "text",
    [
        "<p>Bare</p>",
        '<a title="Bare">{{ x }}</a>',
        "{{ x }} Bare",
        "{% if x %}Bare{% endif %}",
        "{{ x }}: {{ y }}",
    ],
)
def test_an_unmarked_text_of_the_console_is_found(root: Path, text: str) -> None:
    (root / "templates" / "console").mkdir()
    (root / "templates" / "console" / "page.html").write_text(text)
    assert len(found := problems(root)) == 1
    assert found[0].startswith("templates/console/page.html: not marked: ")


def test_a_marked_text_of_the_console_is_allowed(root: Path) -> None:
    (root / "templates" / "console").mkdir()
    page = (
        '{# A note. #}<p class="words">{% trans n=1 %}Some{% pluralize %}More{% endtrans %} · 1</p>'
    )
    (root / "templates" / "console" / "page.html").write_text(page)
    assert problems(root) == []
