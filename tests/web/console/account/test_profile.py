import re

from app.domain.permissions import Role
from tests.cast import Installation
from tests.console import staff

ACCOUNT = "/console/account"


def ends(page: str) -> list[str]:
    return re.findall(r'action="(/console/account/sessions/\w+/end)"', page)


def test_the_console_uses_the_chosen_language(installation: Installation) -> None:
    ben = staff(installation, Role.EDITOR)
    assert "<h1>My account</h1>" in ben.get(ACCOUNT, headers={"Accept-Language": "en"}).text
    assert ben.send(f"{ACCOUNT}/language", {"language": "sv"}).status_code == 303
    page = ben.get(ACCOUNT, headers={"Accept-Language": "en"}).text
    assert "<h1>Mitt konto</h1>" in page
    assert '<html lang="sv" dir="ltr">' in page


def test_without_a_choice_it_uses_that_of_the_browser(installation: Installation) -> None:
    ben = staff(installation, Role.EDITOR)
    for header, heading in (("sv-FI, en;q=0.5", "Mitt konto"), ("uk, sv;q=0.1", "Mitt konto")):
        assert heading in ben.get(ACCOUNT, headers={"Accept-Language": header}).text
    assert "My account" in ben.get(ACCOUNT, headers={"Accept-Language": "uk"}).text


def test_one_sees_where_one_is_signed_in_and_ends_a_session(installation: Installation) -> None:
    here, there = staff(installation, Role.VIEWER), staff(installation, Role.VIEWER)
    page = here.get(ACCOUNT).text
    assert page.count("Chrome on Linux</strong>") == 2
    assert page.count("this browser") == 1
    (address,) = ends(page)
    answer = here.send(address)
    assert answer.headers["location"] == ACCOUNT
    assert there.get("/console/").status_code == 303
    assert here.get("/console/").status_code == 200


def test_all_other_sessions_end_at_once(installation: Installation) -> None:
    here, *others = (staff(installation, Role.VIEWER) for _ in range(3))
    here.send(f"{ACCOUNT}/sessions/end-others")
    assert [each.get("/console/").status_code for each in (here, *others)] == [200, 303, 303]


def test_nobody_ends_anothers_session(installation: Installation) -> None:
    ada, ben = staff(installation, Role.ADMIN), staff(installation, Role.EDITOR)
    staff(installation, Role.EDITOR)
    (address,) = ends(ben.get(ACCOUNT).text)
    assert ada.send(address).status_code == 404
    assert len(ends(ben.get(ACCOUNT).text)) == 1


def test_what_the_last_action_says_is_said_once(installation: Installation) -> None:
    here = staff(installation, Role.VIEWER)
    answer = here.send(f"{ACCOUNT}/sessions/end-others")
    stated = answer.headers["set-cookie"].partition(";")[0]
    here.headers["Cookie"] += f"; {stated}"
    page = here.get(ACCOUNT)
    assert "All other browsers are signed out now." in page.text
    assert "Max-Age=0" in page.headers["set-cookie"]
    here.headers["Cookie"] += "%"
    assert here.get(ACCOUNT).status_code == 200


def test_a_wrong_choice_is_reported_and_nothing_is_changed(installation: Installation) -> None:
    ben = staff(installation, Role.EDITOR)
    answer = ben.send(f"{ACCOUNT}/language", {"language": "no such"})
    assert answer.status_code == 422
    assert 'aria-describedby="language-problem"' in answer.text
    assert "<h1>My account</h1>" in ben.get(ACCOUNT).text
