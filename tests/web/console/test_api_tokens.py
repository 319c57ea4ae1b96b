import re

from app.domain.permissions import Role
from tests.cast import Installation, Person
from tests.console import NAMES, Staff, staff

TOKENS = "/console/tokens"


def made(ada: Staff, name: str = "deploy script", role: str = "viewer") -> str:
    found = re.search(r'value="(fyr_[^"]+)"', ada.send(TOKENS, {"name": name, "role": role}).text)
    assert found is not None
    return found[1]


def test_a_token_is_shown_once_and_opens_what_its_role_may(installation: Installation) -> None:
    ada = staff(installation, Role.ADMIN)
    secret = made(ada)
    program = Person(installation.app, {"Authorization": f"Bearer {secret}"})
    assert program.get("/api/v1/targets").status_code == 200
    assert program.get("/api/v1/audit").status_code == 403
    page = ada.get(TOKENS).text
    assert "deploy script" in page
    assert secret not in page
    assert secret not in ada.get("/console/audit").text


def test_a_revoked_token_opens_nothing(installation: Installation) -> None:
    ada = staff(installation, Role.ADMIN)
    secret = made(ada)
    address = re.findall(r'action="(/console/tokens/\w+/revoke)"', ada.get(TOKENS).text)[-1]
    assert ada.send(address).headers["location"] == TOKENS
    program = Person(installation.app, {"Authorization": f"Bearer {secret}"})
    assert program.get("/api/v1/targets").status_code == 401
    assert address not in ada.get(TOKENS).text
    assert ada.send("/console/tokens/zzzzzzzzzzzz/revoke").status_code == 404


def test_what_is_wrong_stands_beside_its_field_and_makes_nothing(
    installation: Installation,
) -> None:
    ada = staff(installation, Role.ADMIN)
    before = ada.get("/console/audit").text
    answer = ada.send(TOKENS, {"name": " ", "role": "editor"})
    assert answer.status_code == 422
    assert 'aria-describedby="name-problem name-hint"' in answer.text
    assert 'value="editor" selected' in answer.text
    answer = ada.send(TOKENS, {"name": "a script", "role": "owner"})
    assert 'aria-describedby="role-problem"' in answer.text
    assert 'value="a script"' in answer.text
    assert ada.get("/console/audit").text == before


def test_the_creator_owns_a_token_unless_another_user_is_chosen(installation: Installation) -> None:
    ada = staff(installation, Role.ADMIN)
    staff(installation, Role.EDITOR)
    assert ada.send(TOKENS, {"name": "mine", "role": "admin"}).status_code == 200
    chosen = {"name": "ben's", "role": "editor", "owner": NAMES[Role.EDITOR]}
    assert ada.send(TOKENS, chosen).status_code == 200
    page = ada.get(TOKENS).text
    assert f"Owner: {NAMES[Role.ADMIN]}" in page
    assert f"Owner: {NAMES[Role.EDITOR]}" in page
    refused = ada.send(TOKENS, chosen | {"role": "admin"})
    assert "The owner has a lower role than this." in refused.text
    refused = ada.send(TOKENS, chosen | {"owner": "nobody@example.com"})
    assert "Choose a user who may sign in." in refused.text


def search(ada: Staff, words: str) -> str:
    return ada.send(f"{TOKENS}/search", {"q": words}).text


def test_tokens_are_found_by_name_and_owner(installation: Installation) -> None:
    ada = staff(installation, Role.ADMIN)
    made(ada, "deploy script")
    made(ada, "backup")
    found = search(ada, "SCRIPT deploy")
    assert "deploy script" in found
    assert "backup" not in found
    assert "backup" in search(ada, NAMES[Role.ADMIN])
    assert "Nothing matches this search." in search(ada, "nobody@example.com")


def test_a_token_that_was_found_somewhere_is_found_by_itself_and_not_repeated(
    installation: Installation,
) -> None:
    ada = staff(installation, Role.ADMIN)
    secret = made(ada, "deploy script")
    made(ada, "backup")
    found = search(ada, f" {secret} ")
    assert "deploy script" in found
    assert "backup" not in found
    assert secret not in found


def test_the_words_of_a_search_for_tokens_stand_in_no_url(installation: Installation) -> None:
    ada = staff(installation, Role.ADMIN)
    for number in range(10):
        made(ada, f"script {number}")
    page = ada.get(TOKENS).text
    assert '<form class="card search" method="post" action="/console/tokens/search"' in page
