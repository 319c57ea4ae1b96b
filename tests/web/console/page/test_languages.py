"""The languages of the page: chosen, ordered and withdrawn by staff."""

import re
from typing import Any

import pytest
from lxml import html

from app.db.queries.page import page
from app.domain.permissions import Role
from app.domain.texts.localized_text import LocalizedText
from app.i18n.languages import LANGUAGES
from app.usecases.context import SHELL
from app.usecases.page.settings import PageChange, edit_page, page_settings
from app.usecases.users import one_time_links
from tests.cast import Installation
from tests.console import PASSWORD, Staff, send, staff
from tests.factories import make_subscriber
from tests.web.console.page.test_settings import FORM, HERE


@pytest.fixture
def ada(installation: Installation) -> Staff:
    return staff(installation, Role.ADMIN)


def published(installation: Installation) -> tuple[str, ...]:
    with installation.reading() as ctx:
        return page_settings(ctx).languages


def screen(ada: Staff) -> html.HtmlElement:
    return html.document_fromstring(ada.get(HERE).text)


def test_every_language_is_listed_with_its_own_and_its_english_name(
    installation: Installation, ada: Staff
) -> None:
    with installation.writing() as ctx:
        edit_page(ctx, PageChange(languages=["en"]))
    root = screen(ada)
    boxes = root.xpath("//input[@name='languages']/@value")
    assert sorted(boxes) == sorted(LANGUAGES)
    searched = {each.get("data-found") for each in root.xpath("//label[@data-found]")}
    assert {"sv Svenska Swedish", "ar العربية Arabic"} <= searched
    assert root.xpath("//*[@data-finds]//input[@type='search']")


def test_languages_are_in_the_order_of_their_positions(
    installation: Installation, ada: Staff
) -> None:
    ada.send(HERE, {**FORM, "position:en": "3", "position:sv": "1", "position:ar": "2"})
    assert published(installation) == ("sv", "ar", "en")
    found = screen(ada).xpath("//ol//input[starts-with(@name, 'position:')]")
    assert [(each.get("name"), each.get("value")) for each in found] == [
        ("position:sv", "1"),
        ("position:ar", "2"),
        ("position:en", "3"),
    ]
    root = html.document_fromstring(installation.vera.get("/en/").text)
    assert root.xpath("//nav[@class='languages']/a/@hreflang") == ["sv", "ar", "en"]


def test_a_language_without_a_position_comes_last(installation: Installation, ada: Staff) -> None:
    ada.send(HERE, {**FORM, "languages": ["ar", "sv", "en"], "position:sv": "7"})
    assert published(installation) == ("sv", "en", "ar")


@pytest.mark.parametrize("position", ["first", "-1", "1.5", "９", "99999"])
def test_a_position_that_is_no_number_is_shown_beside_the_list(ada: Staff, position: str) -> None:
    answer = ada.send(HERE, {**FORM, "position:sv": position})
    assert answer.status_code == 422
    assert 'id="languages-problem"' in answer.text
    assert f'value="{position}"' in answer.text


@pytest.mark.parametrize(
    ("languages", "field"),
    [(["sv"], "default_language"), (["en", "xx"], "languages"), ([], "languages")],
)
def test_languages_that_cannot_be_published_are_refused(
    installation: Installation, ada: Staff, languages: list[str], field: str
) -> None:
    fields: dict[str, Any] = {**FORM, "languages": languages}
    if not languages:
        del fields["languages"]
        fields["languages:sent"] = "yes"
    answer = ada.send(HERE, fields)
    assert answer.status_code == 422
    assert f'id="{field}-problem"' in answer.text
    assert published(installation) == ("en", "sv", "ar")


def test_the_audit_log_has_the_languages_before_and_after(
    installation: Installation, ada: Staff
) -> None:
    ada.send(HERE, {**FORM, "languages": ["en", "ar"]})
    entry = installation.ada.get("/api/v1/audit?action=page.edit").json()["items"][0]
    assert (entry["before"]["languages"], entry["after"]["languages"]) == (
        ["en", "sv", "ar"],
        ["en", "ar"],
    )


def test_a_withdrawn_language_is_nowhere_on_the_page(
    installation: Installation, ada: Staff
) -> None:
    ada.send(HERE, {**FORM, "languages": ["en", "ar"]})
    vera = installation.vera
    wished = {"Accept-Language": "ar", "Accept": "text/html"}
    for path in ("/", "/history", "/subscribe", "/report", "/languages"):
        answer = vera.get(f"/sv{path}", headers=wished)
        assert (answer.status_code, answer.headers["content-language"]) == (404, "ar"), path
        assert vera.get(f"/ar{path}").status_code == 200, path
    for path in ("/feed.atom", "/calendar.ics", "/badge.svg", "/share.png", "/index.txt"):
        assert vera.get(f"/sv{path}", headers=wished).status_code == 404, path
        assert vera.get(f"/ar{path}").status_code == 200, path
    assert "/sitemap-sv-" not in vera.get("/sitemap.xml").text
    for path in ("/en/", "/en/languages", "/en/feed.atom"):
        assert not re.search(r'(?:hreflang|xml:lang)="sv"|/sv/', vera.get(path).text), path
    assert vera.get("/", headers={"Accept-Language": "sv"}).headers["content-language"] == "en"
    assert vera.get("/?locale=sv").headers["content-language"] == "en"


def test_subscribers_of_a_withdrawn_language_are_counted_and_get_the_default_one(
    installation: Installation,
    ada: Staff,
) -> None:
    with installation.writing(SHELL) as ctx:
        for number, tag in enumerate(("sv", "sv", "sv", "ar")):
            make_subscriber(ctx, f"{number}.example.net", channel="email", language=tag)
    shown = " ".join(screen(ada).text_content().split())
    assert "Svenska Swedish 3 subscribers" in shown
    assert "in which the page is not published" not in shown
    ada.send(HERE, {**FORM, "languages": ["en", "ar"]})
    shown = " ".join(screen(ada).text_content().split())
    assert "3 subscribers chose Svenska, in which the page is not published." in shown
    ada.send(HERE, {**FORM, "languages": ["en", "ar", "sv"]})
    assert "not published" not in screen(ada).text_content()


# -- API ---------------------------------------------------------------------------------------


def test_the_api_takes_tags_in_any_case_and_keeps_their_order(installation: Installation) -> None:
    answer = installation.ada.patch(
        "/api/v1/page", {"languages": ["AR", " sv ", "en"], "default_language": "SV"}
    )
    assert answer.status_code == 200
    assert answer.json()["languages"] == ["ar", "sv", "en"]
    assert answer.json()["default_language"] == "sv"


@pytest.mark.parametrize(
    ("languages", "code", "says"),
    [
        (["en", "tlh"], "unknown_language", "tlh"),
        (["en", "x" * 5000], "unknown_language", "xxx"),
        (["en", "\x00"], "unknown_language", "an empty tag"),
        (["en", ""], "unknown_language", "an empty tag"),
        (["en", "sv-fi"], "unknown_language", "sv-fi"),
        (["en"] * 3, "unknown_language", "more than once"),
        (["en", "EN"], "unknown_language", "more than once"),
        ([], "no_language", "at least one"),
    ],
)
def test_the_api_names_the_languages_that_are_wrong(
    installation: Installation, languages: list[str], code: str, says: str
) -> None:
    answer = installation.ada.patch("/api/v1/page", {"languages": languages})
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["errors"][0]["field"] == "languages"
    assert says in answer.json()["detail"]
    assert len(answer.text) < 2000
    assert published(installation) == ("en", "sv", "ar")


# -- the first start ---------------------------------------------------------------------------


def first_start(installation: Installation) -> str:
    with installation.writing(SHELL) as ctx:
        edit_page(ctx, PageChange(languages=["en"]))
        link = one_time_links.first_admin_link(ctx)
    assert link is not None
    return f"/console/welcome/{link.secret}"


FIRST = {"email": "Eve@example.com", "password": PASSWORD}


def test_the_first_screen_asks_for_the_languages_and_suggests_that_of_the_browser(
    installation: Installation,
) -> None:
    address = first_start(installation)
    text = installation.vera.get(address, headers={"Accept-Language": "sv-FI, en;q=0.5"}).text
    root = html.document_fromstring(text)
    assert root.xpath("//input[@name='languages'][@checked]/@value") == ["sv", "en"]
    assert root.xpath("//select[@name='default_language']/option[@selected]/@value") == ["sv"]
    text = installation.vera.get(address, headers={"Accept-Language": "tlh"}).text
    root = html.document_fromstring(text)
    assert root.xpath("//input[@name='languages'][@checked]/@value") == ["en"]


def test_the_languages_are_published_with_the_first_account(installation: Installation) -> None:
    chosen = {"languages": ["ar", "sv"], "default_language": "ar", "position:sv": "1"}
    answer = send(installation.vera, first_start(installation), {**FIRST, **chosen})
    assert answer.status_code == 303
    assert published(installation) == ("sv", "ar")
    assert installation.vera.get("/").headers["content-language"] == "ar"


@pytest.mark.parametrize(
    "wrong",
    [
        {"languages": ["xx"], "default_language": "en"},
        {"languages": ["sv"], "default_language": "ar"},
        {"languages:sent": "yes", "default_language": "en"},
    ],
)
def test_nothing_is_made_when_the_languages_are_wrong(
    installation: Installation, wrong: dict[str, Any]
) -> None:
    address = first_start(installation)
    assert send(installation.vera, address, {**FIRST, **wrong}).status_code == 422
    assert published(installation) == ("en",)
    assert send(installation.vera, address, FIRST).status_code == 303
    assert published(installation) == ("en",)


def test_the_other_settings_remain_to_be_set_after_the_first_screen(
    installation: Installation,
) -> None:
    chosen = {"languages": ["en", "sv"], "default_language": "en"}
    answer = send(installation.vera, first_start(installation), {**FIRST, **chosen})
    cookie = answer.headers["set-cookie"].partition(";")[0]
    home = installation.vera.get("/console/", headers={"Cookie": cookie}).text
    root: html.HtmlElement = html.document_fromstring(home)
    step = root.xpath("string(//main//li[.//a[@href='/console/page']])")
    assert "To do" in str(step)


# -- many languages ----------------------------------------------------------------------------


def test_of_many_languages_only_those_with_a_text_are_shown_at_once(
    installation: Installation, ada: Staff
) -> None:
    tags = ["en", "sv", "ar", "sv-fi", "sv-ax", "ar-eg", "en-au", "en-in"]
    with installation.writing() as ctx:
        page.read_page(ctx.session).languages = tags
        edit_page(ctx, PageChange(name=LocalizedText.from_mapping({"sv": "Läget"}, default="sv")))
    (names,) = screen(ada).xpath("//fieldset[@class='texts'][.//input[@name='name:en']]")
    at_once = names.xpath("./div//input/@name")
    folded = names.xpath("./details//input/@name")
    assert at_once == ["name:en", "name:sv"]
    assert folded == [f"name:{tag}" for tag in tags if tag not in {"en", "sv"}]
