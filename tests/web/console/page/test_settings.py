import re

import pytest

from app.domain.permissions import Role
from app.usecases.page.settings import PageSettings, page_settings
from tests.cast import Installation
from tests.console import Staff, staff

HERE = "/console/page"
FORM = {
    "name:en": "Status",
    "time_zone": "UTC",
    "languages": ["en", "sv", "ar"],
    "default_language": "en",
    "undo_seconds": "10",
    "reminder_minutes": "30",
    "announce_minutes": "1440",
    "postal_address": "",
}


@pytest.fixture
def ada(installation: Installation) -> Staff:
    return staff(installation, Role.ADMIN)


def settings(installation: Installation) -> PageSettings:
    with installation.reading() as ctx:
        return page_settings(ctx)


def test_name_zone_and_habits_are_changed(installation: Installation, ada: Staff) -> None:
    fields = {"name:en": "Acme", "name:sv": "Akme", "time_zone": "Europe/Stockholm"}
    habits = {"undo_seconds": "0", "reminder_minutes": "45", "four_eyes": "on"}
    assert ada.send(HERE, {**FORM, **fields, **habits}).headers["location"] == HERE
    after = settings(installation)
    assert dict(after.name) == {"en": "Acme", "sv": "Akme"}
    assert (after.time_zone, after.undo_seconds, after.reminder_minutes) == (
        "Europe/Stockholm",
        0,
        45,
    )
    assert (after.four_eyes, after.four_eyes_automation) == (True, False)
    assert "Akme" in installation.vera.get("/sv/").text


def test_languages_keep_their_order_and_new_ones_come_last(
    installation: Installation, ada: Staff
) -> None:
    ada.send(HERE, {**FORM, "languages": ["ar"], "default_language": "ar"})
    ada.send(HERE, {**FORM, "languages": ["en", "ar"]})
    assert settings(installation).languages == ("ar", "en")
    assert installation.vera.get("/sv/").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name:en": ""}, "name"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"default_language": "xx"}, "default_language"),
        ({"undo_seconds": "a while"}, "undo_seconds"),
        ({"undo_seconds": "99999"}, "undo_seconds"),
    ],
)
def test_what_is_wrong_is_shown_beside_its_field(
    installation: Installation, ada: Staff, wrong: dict[str, str], field: str
) -> None:
    before = settings(installation)
    answer = ada.send(HERE, {**FORM, **wrong})
    assert answer.status_code == 422
    assert f'id="{field}-problem"' in answer.text
    assert settings(installation) == before


def test_no_language_at_all_is_refused(installation: Installation, ada: Staff) -> None:
    fields = {name: value for name, value in FORM.items() if name != "languages"}
    assert ada.send(HERE, fields).status_code == 422


def test_accents_colour_the_public_page_from_our_own_origin(
    installation: Installation, ada: Staff
) -> None:
    ada.send(HERE, {**FORM, "accent_light": "#1A5FB4", "accent_dark": "#8ab4f8"})
    found = re.search(r'href="(/theme-[0-9a-f]{10}\.css)"', installation.vera.get("/en/").text)
    assert found is not None
    sheet = installation.vera.get(found[1])
    assert sheet.headers["content-type"] == "text/css; charset=utf-8"
    assert ":root { --link: #1a5fb4 }" in sheet.text
    assert "(prefers-color-scheme: dark) { :root { --link: #8ab4f8 } }" in sheet.text
    assert installation.vera.get("/theme-0123456789.css").status_code == 404


def test_a_page_without_accents_has_no_stylesheet_of_them(
    installation: Installation, ada: Staff
) -> None:
    assert "/theme-" not in installation.vera.get("/en/").text
    ada.send(HERE, {**FORM, "accent_light": "#1A5FB4", "accent_dark": "#8ab4f8"})
    ada.send(HERE, FORM)
    assert "/theme-" not in installation.vera.get("/en/").text


def test_a_faint_accent_is_refused_with_one_that_would_do(
    installation: Installation, ada: Staff
) -> None:
    answer = ada.send(HERE, {**FORM, "accent_light": "#ffcc00"})
    assert answer.status_code == 422
    assert 'id="accent_light-problem"' in answer.text
    assert "4.5" in answer.text
    assert 'value="#ffcc00"' in answer.text


def test_links_stand_at_the_foot_of_the_page_in_its_language(
    installation: Installation, ada: Staff
) -> None:
    link = {"link1:en": "Support", "link1:sv": "Hjälp", "url1": "https://example.com/help"}
    ada.send(HERE, {**FORM, **link})
    assert '<a href="https://example.com/help">Hjälp</a>' in installation.vera.get("/sv/").text
    assert '<a href="https://example.com/help">Support</a>' in installation.vera.get("/en/").text
    assert 'value="https://example.com/help"' in ada.get(HERE).text


def test_the_form_keeps_all_links_that_were_set_elsewhere(
    installation: Installation, ada: Staff
) -> None:
    links = [{"name": f"Link {n}", "url": f"https://example.com/{n}"} for n in range(1, 11)]
    assert installation.ada.patch("/api/v1/page", json={"links": links}).status_code == 200
    before = settings(installation).links
    shown = ada.get(HERE).text
    urls = dict(re.findall(r'name="(url\d+)"[^>]*value="([^"]*)"', shown))
    names = {f"link{n}:en": f"Link {n}" for n in range(1, len(urls) + 1)}
    assert ada.send(HERE, {**FORM, **urls, **names}).status_code == 303
    assert len(before) == 10
    assert settings(installation).links == before


def test_a_link_that_leads_nowhere_is_refused(installation: Installation, ada: Staff) -> None:
    answer = ada.send(HERE, {**FORM, "link1:en": "Support", "url1": "javascript:alert(1)"})
    assert answer.status_code == 422
    assert 'id="url1-problem"' in answer.text
    nameless = ada.send(HERE, {**FORM, "link1:en": "", "url1": "https://example.com"})
    assert 'id="link1-problem"' in nameless.text


def test_the_interface_sets_appearance_too(installation: Installation) -> None:
    link = {"name": {"en": "Support"}, "url": "mailto:help@example.com"}
    fields = {"accent_light": "#1a5fb4", "accent_dark": None, "links": [link]}
    answer = installation.ada.patch("/api/v1/page", fields).json()
    assert (answer["accent_light"], answer["accent_dark"]) == ("#1a5fb4", None)
    assert answer["links"] == [link]
    assert (
        installation.ada.patch("/api/v1/page", {"accent_light": None}).json()["accent_light"]
        is None
    )
