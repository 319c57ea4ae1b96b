import csv
import io
from typing import Any

from lxml import html
from sqlmodel import select

from app.db.tables import UserRow
from app.domain.permissions import Role
from app.usecases import audit
from app.usecases.context import SHELL
from app.usecases.users.administration import list_user_details
from app.usecases.users.api_tokens import add_token
from tests.cast import Installation
from tests.console import Staff, staff

LOG = "/console/audit"
PARTS = {
    "actor=ADA": {"one.add", "other.add"},
    "actor=%25": set(),
    "action=one": {"one.add"},
    "subject=other": {"other.add"},
    "subject=k3v9q0w2m4xa": {"one.add"},
    "since=2026-03-02&until=2026-03-02&actor=ada": {"one.add", "other.add"},
    "since=2026-03-03": set(),
    "until=2026-03-01": set(),
    "actor=%00&subject=%00": set(),
}


def note(
    installation: Installation, action: str, subject_id: str = "k3v9q0w2m4xa", **changed: object
) -> None:
    with installation.writing() as ctx:
        audit.record(ctx, action, action.partition(".")[0], subject_id, after=changed)


def saved(ada: Staff, query: str = "") -> list[list[str]]:
    answer = ada.get(f"{LOG}/export.csv{query}")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def test_it_shows_who_did_what_and_what_changed(installation: Installation) -> None:
    ada = staff(installation, Role.ADMIN)
    with installation.writing() as ctx:
        audit.record(
            ctx, "page.edit", "page", "page", before={"name": "Old"}, after={"name": "<New>"}
        )
    page = ada.get(LOG).text
    assert "ada@example.com" in page
    assert "page.edit" in page
    assert "Old</bdi></del>" in page
    assert "&lt;New&gt;</bdi></ins>" in page


def test_one_asks_for_a_part_of_it(installation: Installation) -> None:
    ada = staff(installation, Role.ADMIN)
    note(installation, "one.add")
    note(installation, "other.add", "zzzzzzzzzzzz")
    for query, shown in PARTS.items():
        page = ada.get(f"{LOG}?{query}").text
        assert {deed for deed in ("one.add", "other.add") if f">{deed}<" in page} == shown, query
        # Ada has signed in too, and exported the log before.
        fields = {line[3] for line in saved(ada, f"?{query}")[1:]}
        fields -= {"session.begin", "audit.export"}
        assert fields == shown, query


def test_a_day_that_is_none_is_shown_beside_its_field(installation: Installation) -> None:
    ada = staff(installation, Role.ADMIN)
    for day in ("yesterday", "0001-01-01", "9999-12-31"):
        page = ada.get(f"{LOG}?until={day}&actor=ada").text
        assert 'aria-describedby="until-problem"' in page
        assert 'value="ada"' in page
        assert ada.get(f"{LOG}/export.csv?until={day}").status_code == 303


def test_it_is_read_page_by_page_with_the_same_filter(installation: Installation) -> None:
    ada = staff(installation, Role.ADMIN)
    with installation.writing() as ctx:
        for number in range(51):
            add_token(ctx, f"token {number}", Role.VIEWER)
    first = ada.get(f"{LOG}?action=token.add&actor=ada").text
    assert first.count("<del>") + first.count("<ins>") == 150  # name, owner and role of 50 entries
    older = first.partition("/console/audit?action=token.add&amp;")[2]
    link = first.rpartition('button second" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert "actor=ada&action=token.add&cursor=" in link, older
    second = ada.get(link).text
    assert "token 0</bdi></ins>" in second
    assert "Back to the newest" in second
    assert "Older entries" not in second


def actors(page: str) -> set[str]:
    found: Any = html.document_fromstring(page).xpath("//td[@data-label='Actor']/a | //td/bdi")
    return {str(each.text_content()) for each in found}


def test_the_actions_of_a_user_are_asked_for_by_id_and_no_address_stands_in_a_url(
    installation: Installation,
) -> None:
    ada = staff(installation, Role.ADMIN)
    with installation.writing() as ctx:
        add_token(ctx, "deploy", Role.VIEWER, owner="ada@example.com")
        (user_id,) = [each.id for each in list_user_details(ctx) if each.email == "ada@example.com"]
        owner = ctx.session.exec(select(UserRow).where(UserRow.public_id == user_id)).one()
        owner.email = "lovelace@example.com"
        change = {"email": "ada@example.com"}, {"email": owner.email}
        audit.record(ctx, "user.email", "user", user_id, before=change[0], after=change[1])
    with installation.writing(SHELL) as ctx:
        audit.record(ctx, "page.edit", "page", "page")
    page = ada.get(f"{LOG}?actor={user_id}").text
    assert "shell" in ada.get(LOG).text
    assert ">page.edit<" not in page
    # What was done under the address before counts too.
    assert ">token.add<" in page
    for shown in (page, ada.get(LOG).text, ada.get(f"/console/users/{user_id}").text):
        addresses: Any = html.document_fromstring(shown).xpath("//@href")
        assert not [each for each in addresses if "%40" in each or "@" in each]
    old_link = ada.get(f"{LOG}?actor=Lovelace%40example.com&action=page")
    assert old_link.status_code == 303
    assert old_link.headers["location"] == f"{LOG}?actor={user_id}&action=page"
    assert f"actor={user_id}" in page


def test_programs_are_asked_for_by_name(installation: Installation) -> None:
    ada = staff(installation, Role.ADMIN)
    with installation.writing(SHELL) as ctx:
        audit.record(ctx, "page.edit", "page", "page")
    page = ada.get(f"{LOG}?actor=shell").text
    assert ">page.edit<" in page
    assert ">session.begin<" not in page
    assert '<option value="shell" selected>' in page


def test_a_cursor_of_another_place_is_refused_as_a_page(installation: Installation) -> None:
    assert staff(installation, Role.ADMIN).get(f"{LOG}?cursor=nonsense").status_code == 422


def test_the_table_calculates_nothing(installation: Installation) -> None:
    ada = staff(installation, Role.ADMIN)
    note(installation, "=HYPERLINK()", name='a "quoted", thing\nwith lines')
    head, line, *_ = saved(ada, "?actor=ada&action=%3D")
    assert head[0] == "at"
    assert line[3] == "'=HYPERLINK()"
    assert line[7] == '{"name": "a \\"quoted\\", thing\\nwith lines"}'


def test_the_table_holds_everything_however_long(installation: Installation) -> None:
    ada = staff(installation, Role.ADMIN)
    with installation.writing() as ctx:
        for _ in range(501):
            audit.record(ctx, "many.do", "many", "many")
    assert len(saved(ada, "?action=many")) == 502
