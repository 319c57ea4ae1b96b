import re
from datetime import datetime, timedelta

import pytest

from app.domain.permissions import Role
from app.usecases.maintenances.lifecycle import StaffMaintenance, get_maintenance
from app.usecases.maintenances.windows import list_windows
from app.usecases.page.settings import PageChange, edit_page
from tests.cast import Installation
from tests.console import Staff, staff
from tests.factories import make_maintenance, make_service

HERE = "/console/maintenances"
NEW = {
    "title:en": "Database upgrade",
    "title:sv": "Databasen uppgraderas",
    "body:en": "Payments may be slow.",
    "services": "payments",
    "starts_at": "2026-03-15T02:00",
    "ends_at": "2026-03-15T04:00",
    "repeats": "",
    "do": "publish",
}


@pytest.fixture
def ben(installation: Installation) -> Staff:
    return editor(installation)


def editor(installation: Installation) -> Staff:
    """Ben is an editor; there is a service, and no moment to undo."""
    with installation.writing() as ctx:
        make_service(ctx, "payments")
        edit_page(ctx, PageChange(time_zone="Europe/Stockholm", undo_seconds=0))
    person = staff(installation, Role.EDITOR)
    person.headers["Accept-Language"] = "en"
    return person


def planned(
    installation: Installation, *, recurrence: str | None = None, publish: bool = True
) -> str:
    with installation.writing() as ctx:
        return make_maintenance(ctx, recurrence=recurrence, publish=publish).id


def read(installation: Installation, maintenance_id: str) -> StaffMaintenance:
    with installation.reading() as ctx:
        return get_maintenance(ctx, maintenance_id)


def made(installation: Installation, ben: Staff, **fields: str) -> StaffMaintenance:
    answer = ben.send(f"{HERE}/new", {**NEW, **fields})
    assert answer.status_code == 303, answer.text
    return read(installation, answer.headers["location"].rpartition("/")[2])


def typed(page: str) -> dict[str, str]:
    """What the inputs of a page hold."""
    return dict(re.findall(r'<input id="[^"]*" name="([^"]*)"[^>]*? value="([^"]*)"', page))


def test_times_are_typed_in_the_zone_of_the_page(installation: Installation, ben: Staff) -> None:
    window = made(installation, ben).maintenance
    assert window.starts_at.isoformat() == "2026-03-15T01:00:00+00:00"
    assert "Databasen uppgraderas" in installation.vera.get("/sv/").text


def test_a_draft_is_shown_to_visitors_when_it_is_published(
    installation: Installation, ben: Staff
) -> None:
    draft = made(installation, ben, do="draft")
    assert "Database upgrade" not in installation.vera.get("/en/").text
    ben.confirm(f"{HERE}/{draft.id}/publish")
    assert "Database upgrade" in installation.vera.get("/en/").text


@pytest.mark.parametrize(
    ("repeats", "rule"),
    [
        ("daily", "FREQ=DAILY"),
        ("weekly", "FREQ=WEEKLY;BYDAY=SU"),
        ("fortnightly", "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU"),
        ("monthly_weekday", "FREQ=MONTHLY;BYDAY=3SU"),
        ("monthly_last", "FREQ=MONTHLY;BYDAY=-1SU"),
        ("monthly_day", "FREQ=MONTHLY;BYMONTHDAY=15"),
        ("yearly", "FREQ=YEARLY"),
        ("own", "FREQ=MONTHLY;INTERVAL=3;BYDAY=2TU"),
    ],
)
def test_what_is_chosen_is_a_rule_and_is_shown_as_chosen(
    installation: Installation, ben: Staff, repeats: str, rule: str
) -> None:
    own = "FREQ=MONTHLY;INTERVAL=3;BYDAY=2TU" if repeats == "own" else ""
    maintenance = made(installation, ben, repeats=repeats, recurrence=own)
    assert maintenance.recurrence == rule
    page = ben.get(f"{HERE}/{maintenance.id}/edit").text
    assert f'<option value="{repeats}" selected>' in page


def test_a_last_day_ends_the_rule_in_the_zone_of_the_page(
    installation: Installation, ben: Staff
) -> None:
    maintenance = made(installation, ben, repeats="weekly", until="2026-04-05")
    assert maintenance.recurrence == "FREQ=WEEKLY;BYDAY=SU;UNTIL=20260405T215959Z"
    assert typed(ben.get(f"{HERE}/{maintenance.id}/edit").text)["until"] == "2026-04-05"


def test_the_next_five_windows_are_shown_across_summer_time_and_nothing_is_planned(
    installation: Installation, ben: Staff
) -> None:
    answer = ben.send(f"{HERE}/new", {**NEW, "repeats": "weekly", "do": "preview"})
    assert answer.status_code == 200
    begins = re.findall(r'<time datetime="([^"]*)"', answer.text.partition("</ol>")[0])
    assert begins == [
        "2026-03-15T01:00:00Z",
        "2026-03-22T01:00:00Z",
        "2026-03-29T01:00:00Z",
        "2026-04-05T00:00:00Z",
        "2026-04-12T00:00:00Z",
    ]
    assert "It does not overlap with other maintenances." in answer.text
    assert typed(answer.text)["title:en"] == "Database upgrade"
    assert "No maintenance is planned." in ben.get(HERE).text


def test_clashes_are_shown_before_and_after_it_is_planned(
    installation: Installation, ben: Staff
) -> None:
    made(installation, ben)
    other = {**NEW, "title:en": "New cables", "starts_at": "2026-03-15T03:00"}
    previewed = ben.send(f"{HERE}/new", {**other, "do": "preview"}).text
    assert "It overlaps with another maintenance" in previewed
    assert "Database upgrade" in previewed
    page = ben.get(f"{HERE}/{made(installation, ben, **other).id}").text
    assert "It overlaps with another maintenance" in page


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title:en": "", "title:sv": ""}, "title"),
        ({"starts_at": ""}, "starts_at"),
        ({"ends_at": "2026-03-15T01:00"}, "ends_at"),
        ({"ends_at": "soon"}, "ends_at"),
        ({"repeats": "own", "recurrence": "FREQ=HOURLY"}, "recurrence"),
        ({"repeats": "weekly", "until": "never"}, "until"),
        ({"services": "gone"}, "services"),
    ],
)
def test_what_is_wrong_is_shown_beside_its_field_and_all_values_stay(
    ben: Staff, wrong: dict[str, str], field: str
) -> None:
    fields = {"until": "", "recurrence": "", **NEW, **wrong}
    answer = ben.send(f"{HERE}/new", fields)
    assert answer.status_code == 422
    assert f'id="{field}-problem"' in answer.text
    assert "Payments may be slow." in answer.text


def test_a_service_is_needed(ben: Staff) -> None:
    fields = {name: value for name, value in NEW.items() if name != "services"}
    assert "Choose at least one service." in ben.send(f"{HERE}/new", fields).text


def edited(ben: Staff, maintenance_id: str, **changes: str) -> dict[str, str]:
    page = ben.get(f"{HERE}/{maintenance_id}/edit").text
    seen = re.search(r'name="seen" value="([^"]*)"', page)
    assert seen is not None
    repeats = re.search(r'<option value="([a-z_]*)" selected', page)
    chosen = {"repeats": repeats[1] if repeats else "", "seen": seen[1]}
    return {**NEW, **typed(page), **chosen, "do": "save", **changes}


def test_only_what_is_changed_is_changed(installation: Installation, ben: Staff) -> None:
    maintenance = made(installation, ben, repeats="weekly")
    form = edited(ben, maintenance.id, **{"title:en": "Upgrade"})
    assert ben.send(f"{HERE}/{maintenance.id}/edit", form).status_code == 303
    after = read(installation, maintenance.id)
    assert after.recurrence == maintenance.recurrence
    assert after.starts_at == maintenance.starts_at
    assert 'name="still" value="sv"' in ben.get(f"{HERE}/{maintenance.id}/edit").text


def test_a_series_that_has_begun_is_moved_from_its_next_window_on(
    installation: Installation, ben: Staff
) -> None:
    maintenance = made(installation, ben, repeats="weekly")
    installation.clock.now = datetime.fromisoformat("2026-03-15T12:00:00+00:00")
    form = edited(ben, maintenance.id)
    assert form["starts_at"] == "2026-03-22T02:00"
    form |= {"starts_at": "2026-03-22T05:00", "ends_at": "2026-03-22T06:00"}
    assert ben.send(f"{HERE}/{maintenance.id}/edit", form).status_code == 303
    window = read(installation, maintenance.id).maintenance
    assert window.starts_at.isoformat() == "2026-03-22T04:00:00+00:00"


def test_a_series_can_end(installation: Installation, ben: Staff) -> None:
    maintenance = made(installation, ben, repeats="weekly")
    ben.send(f"{HERE}/{maintenance.id}/edit", edited(ben, maintenance.id, repeats=""))
    assert read(installation, maintenance.id).recurrence is None


def test_the_second_who_changes_it_gets_a_conflict_and_may_send_it_again(
    installation: Installation, ben: Staff
) -> None:
    maintenance = made(installation, ben)
    edit = f"{HERE}/{maintenance.id}/edit"
    mine, theirs = (edited(ben, maintenance.id, **{"title:en": text}) for text in ("A", "B"))
    installation.clock.now += timedelta(minutes=1)
    ben.send(edit, theirs)
    answer = ben.send(edit, mine)
    assert answer.status_code == 409
    assert "Another user has changed this since you opened the form." in answer.text
    assert typed(answer.text)["title:en"] == "A"
    seen = re.search(r'name="seen" value="([^"]*)"', answer.text)
    assert seen is not None
    assert ben.send(edit, {**mine, "seen": seen[1]}).status_code == 303


def test_an_update_begins_it_early_and_visitors_read_it(
    installation: Installation, ben: Staff
) -> None:
    number = planned(installation)
    fields = {"status": "in_progress", "body:en": "We begin a little early.", "notify": "on"}
    assert ben.send(f"{HERE}/{number}/update", fields).status_code == 303
    assert "We begin a little early." in installation.vera.get(f"/en/maintenances/{number}").text


def test_an_update_without_words_is_refused_beside_the_text(
    installation: Installation, ben: Staff
) -> None:
    answer = ben.send(
        f"{HERE}/{planned(installation)}/update",
        {"status": "in_progress", "body:en": "", "body:sv": ""},
    )
    assert answer.status_code == 422
    assert 'id="body-problem"' in answer.text


def test_an_update_is_worded_better(installation: Installation, ben: Staff) -> None:
    number = planned(installation)
    ben.send(f"{HERE}/{number}/update", {"status": "scheduled", "body:en": "Teh plan stands."})
    update = read(installation, number).maintenance.updates[0]
    assert "Teh plan stands." in ben.get(f"{HERE}/{number}/updates/{update.id}").text
    installation.clock.now += timedelta(minutes=1)
    ben.send(f"{HERE}/{number}/updates/{update.id}", {"body:en": "The plan stands.", "seen": ""})
    page = installation.vera.get(f"/en/maintenances/{number}").text
    assert "The plan stands." in page
    assert "Edited" in page


def test_it_is_extended_by_a_button_and_finished_early(
    installation: Installation, ben: Staff
) -> None:
    number = planned(installation)
    before = read(installation, number).maintenance
    installation.clock.now = before.starts_at + timedelta(minutes=5)
    assert "Finish now" in ben.get(f"{HERE}/{number}").text
    ben.confirm(f"{HERE}/{number}/move", {"occurrence": "", "minutes": "30"})
    assert read(installation, number).maintenance.ends_at == before.ends_at + timedelta(minutes=30)
    ben.confirm(f"{HERE}/{number}/finish", {"occurrence": ""})
    assert read(installation, number).maintenance.status == "completed"


def test_one_date_is_moved_and_another_called_off(installation: Installation, ben: Staff) -> None:
    number = made(installation, ben, repeats="weekly").id
    moved = {"starts_at": "2026-03-15T06:00", "ends_at": "2026-03-15T07:00"}
    ben.confirm(f"{HERE}/{number}/move", {"occurrence": "20260315T010000Z", **moved})
    assert (
        read(installation, number).maintenance.starts_at.isoformat() == "2026-03-15T05:00:00+00:00"
    )
    ben.confirm(f"{HERE}/{number}/windows/20260315T010000Z/cancel")
    window = read(installation, number).maintenance
    assert window.starts_at.isoformat() == "2026-03-22T01:00:00+00:00"


def test_all_of_it_is_called_off_once(installation: Installation, ben: Staff) -> None:
    number = made(installation, ben, repeats="weekly").id
    assert ben.confirm(f"{HERE}/{number}/cancel").status_code == 303
    assert read(installation, number).cancelled_at is not None
    answer = ben.send(f"{HERE}/{number}/cancel")
    assert answer.status_code == 409
    assert "The maintenance is over." in answer.text


def test_the_list_shows_what_is_under_way_to_come_and_past(
    installation: Installation, ben: Staff
) -> None:
    first = planned(installation)
    made(installation, ben, **{"title:en": "New cables"})
    installation.clock.now += timedelta(days=1, minutes=5)
    page = ben.get(HERE).text
    assert page.index("<h2>In progress") < page.index(first) < page.index("<h2>Upcoming")
    assert page.index("<h2>Upcoming") < page.index("New cables")
    installation.clock.now += timedelta(days=1)
    page = ben.get(HERE).text
    assert "<h2>In progress" not in page
    assert first not in page
    assert first in ben.get(f"{HERE}?state=completed").text


def test_a_viewer_reads_without_buttons(installation: Installation, ben: Staff) -> None:
    number = planned(installation, recurrence="FREQ=DAILY")
    page = staff(installation, Role.VIEWER).get(f"{HERE}/{number}").text
    assert f"{HERE}/{number}/" not in page


def test_a_refused_rule_says_why_in_the_language_of_the_reader(ben: Staff) -> None:
    ben.headers["Accept-Language"] = "sv"
    own = {"repeats": "own", "recurrence": "FREQ=DAILY;COUNT=2;UNTIL=20270101", "until": ""}
    page = ben.send(f"{HERE}/new", {**NEW, **own})
    assert page.status_code == 422
    assert "COUNT och UNTIL kan inte användas tillsammans." in page.text


def test_an_end_in_the_repeated_hour_is_the_one_after_the_start(
    installation: Installation, ben: Staff
) -> None:
    # 02:50 in summer time to 02:10 in winter time.
    night = {"starts_at": "2026-10-25T02:50", "ends_at": "2026-10-25T02:10"}
    window = made(installation, ben, **night).maintenance
    assert window.starts_at.isoformat() == "2026-10-25T00:50:00+00:00"
    assert window.ends_at.isoformat() == "2026-10-25T01:10:00+00:00"


@pytest.mark.parametrize("way", ["edit", "move"])
def test_a_field_that_is_left_as_it_was_keeps_its_instant(
    installation: Installation, ben: Staff, way: str
) -> None:
    with installation.writing() as ctx:
        # 02:30 in winter time: the field shows a local time that is there twice.
        starts_at = datetime.fromisoformat("2026-10-25T01:30:15+00:00")
        maintenance = make_maintenance(ctx, starts_in=starts_at - ctx.now)
    if way == "edit":
        fields = edited(ben, maintenance.id)
    else:
        fields = typed(ben.get(f"{HERE}/{maintenance.id}").text)
    fields |= {"ends_at": "2026-10-25T05:00"}
    answer = (ben.send if way == "edit" else ben.confirm)(f"{HERE}/{maintenance.id}/{way}", fields)
    assert answer.status_code == 303, answer.text
    after = read(installation, maintenance.id)
    assert after.starts_at == starts_at
    assert after.ends_at.isoformat() == "2026-10-25T04:00:00+00:00"


# On 29 March 2026 clocks in Stockholm skip from 02:00 to 03:00.
SKIPPED = [
    ("2026-03-29T02:30", "2026-03-29T04:00", ("01:30", "02:00"), ("00:30", "02:00")),
    ("2026-03-28T22:00", "2026-03-29T02:30", ("21:00", "01:30"), ("20:00", "00:30")),
    ("2026-03-29T02:10", "2026-03-29T02:40", ("01:10", "01:40"), ("00:10", "00:40")),
    ("2026-03-29T02:30", "2026-03-29T03:15", ("01:30", "02:15"), ("00:30", "01:15")),
]


@pytest.mark.parametrize(("starts_at", "ends_at", "first", "later"), SKIPPED)
def test_a_series_that_begins_in_the_skipped_hour_moves_that_window_alone(
    installation: Installation,
    ben: Staff,
    starts_at: str,
    ends_at: str,
    first: tuple[str, str],
    later: tuple[str, str],
) -> None:
    series = made(installation, ben, starts_at=starts_at, ends_at=ends_at, repeats="weekly")
    with installation.reading() as ctx:
        times = [
            (each.starts_at.strftime("%H:%M"), each.ends_at.strftime("%H:%M"))
            for each in list_windows(ctx, series.id)
        ]
    assert times[0] == first
    assert set(times[1:5]) == {later}


def test_a_series_moved_into_the_skipped_hour_keeps_the_time_that_was_typed(
    installation: Installation, ben: Staff
) -> None:
    series = made(installation, ben, repeats="weekly")
    path = f"{HERE}/{series.id}/edit"
    (seen,) = re.findall(r'name="seen" value="([^"]*)"', ben.get(path).text)
    times = {"starts_at": "2026-03-29T02:30", "ends_at": "2026-03-29T04:00", "repeats": "weekly"}
    fields = {**NEW, **times, "seen": seen}
    preview = ben.send(path, {**fields, "do": "preview"}).text
    assert "2026-04-05T00:30:00Z" in preview
    assert ben.send(path, {**fields, "do": "save"}).status_code == 303
    with installation.reading() as ctx:
        starts = [each.starts_at for each in list_windows(ctx, series.id)]
    assert [each.strftime("%H:%M") for each in starts[:3]] == ["01:30", "00:30", "00:30"]
