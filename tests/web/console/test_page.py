import pytest

from app.domain.permissions import Role
from app.usecases.page_settings import PageSettings, page_settings
from tests.cast import House
from tests.console import Staff, staff

HERE = "/console/page"
FORM = {
    "name:en": "Status",
    "time_zone": "UTC",
    "languages": ["en", "sv", "ar"],
    "default_language": "en",
    "undo_seconds": "10",
    "nag_minutes": "30",
}


@pytest.fixture
def ada(house: House) -> Staff:
    return staff(house, Role.ADMIN)


def settings(house: House) -> PageSettings:
    with house.reading() as ctx:
        return page_settings(ctx)


def test_name_zone_and_habits_are_changed(house: House, ada: Staff) -> None:
    said = {"name:en": "Acme", "name:sv": "Akme", "time_zone": "Europe/Stockholm"}
    habits = {"undo_seconds": "0", "nag_minutes": "45", "four_eyes": "on"}
    assert ada.send(HERE, {**FORM, **said, **habits}).headers["location"] == HERE
    after = settings(house)
    assert dict(after.name) == {"en": "Acme", "sv": "Akme"}
    assert (after.time_zone, after.undo_seconds, after.nag_minutes) == ("Europe/Stockholm", 0, 45)
    assert (after.four_eyes, after.four_eyes_automation) == (True, False)
    assert "Akme" in house.vera.get("/sv/").text


def test_languages_keep_their_order_and_new_ones_come_last(house: House, ada: Staff) -> None:
    ada.send(HERE, {**FORM, "languages": ["ar"], "default_language": "ar"})
    ada.send(HERE, {**FORM, "languages": ["en", "ar"]})
    assert settings(house).languages == ("ar", "en")
    assert house.vera.get("/sv/").status_code == 404


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
def test_what_is_wrong_is_told_beside_its_field(
    house: House, ada: Staff, wrong: dict[str, str], field: str
) -> None:
    before = settings(house)
    answer = ada.send(HERE, {**FORM, **wrong})
    assert answer.status_code == 422
    assert f'id="{field}-problem"' in answer.text
    assert settings(house) == before


def test_no_language_at_all_is_refused(house: House, ada: Staff) -> None:
    fields = {name: value for name, value in FORM.items() if name != "languages"}
    assert ada.send(HERE, fields).status_code == 422
