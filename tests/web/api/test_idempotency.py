"""A write that names an Idempotency-Key happens once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.domain.permissions import Role
from app.usecases.context import SHELL
from app.usecases.users import sessions
from app.usecases.users.administration import update_user
from app.usecases.users.users import add_user
from tests.cast import Installation, Person
from tests.factories import make_service

PATH = "/api/v1/incidents"
NEW: dict[str, Any] = {"title": "Down", "body": "We are looking into it."}


def sent(
    person: Person, body: object = NEW, *, key: str = "k1", path: str = PATH
) -> httpx.Response:
    return person.post(path, body, headers={"Idempotency-Key": key})


def count(installation: Installation) -> int:
    return len(installation.cy.get(PATH).json()["items"])


def test_the_same_request_again_gets_the_same_answer_to_the_byte(
    installation: Installation,
) -> None:
    first = sent(installation.ben)
    installation.clock.forward(hours=1)
    again = sent(installation.ben)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["content-type"] == first.headers["content-type"]
    assert count(installation) == 1


def test_an_answer_without_content_is_repeated_too(installation: Installation) -> None:
    with installation.writing() as ctx:
        make_service(ctx, "payments")
    headers = {"Idempotency-Key": "gone"}
    for _ in range(2):
        answer = installation.ada.delete("/api/v1/services/payments", headers=headers)
        assert (answer.status_code, answer.content) == (204, b"")
    assert installation.ada.delete("/api/v1/services/payments").status_code == 404


def test_the_key_of_another_request_is_refused(installation: Installation) -> None:
    sent(installation.ben)
    refused = sent(installation.ben, {**NEW, "title": "Up"})
    assert (refused.status_code, refused.json()["code"]) == (409, "idempotency_key_reused")
    assert count(installation) == 1


def test_the_same_body_to_another_address_is_another_request(installation: Installation) -> None:
    ids = [
        sent(installation.ben, {**NEW, "publish": False}, key=key).json()["id"]
        for key in ("a", "b")
    ]
    installation.ben.post(f"{PATH}/{ids[0]}/publish", headers={"Idempotency-Key": "c"})
    refused = installation.ben.post(f"{PATH}/{ids[1]}/publish", headers={"Idempotency-Key": "c"})
    assert refused.json()["code"] == "idempotency_key_reused"


def test_two_actors_may_choose_the_same_key(installation: Installation) -> None:
    assert sent(installation.ben).json()["id"] != sent(installation.ada).json()["id"]


def test_a_refused_request_leaves_its_key_free(installation: Installation) -> None:
    assert sent(installation.ben, {**NEW, "title": "\u202e"}).status_code == 422
    assert sent(installation.ben).status_code == 201


def test_without_a_key_each_request_counts(installation: Installation) -> None:
    installation.ben.post(PATH, NEW)
    installation.ben.post(PATH, NEW)
    assert count(installation) == 2


def at_once(installation: Installation, bodies: list[object], *, key: str) -> list[httpx.Response]:
    """The answers to requests that are sent at the same time."""
    with ThreadPoolExecutor(len(bodies)) as threads:
        return list(threads.map(lambda body: sent(installation.ben, body, key=key), bodies))


@pytest.mark.parametrize("round_", range(3))
def test_of_requests_at_the_same_time_one_happens_and_all_get_its_answer(
    installation: Installation, round_: int
) -> None:
    answers = at_once(installation, [NEW] * 6, key=f"k{round_}")
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert count(installation) == 1


def test_of_different_requests_at_the_same_time_one_happens(installation: Installation) -> None:
    answers = at_once(installation, [{**NEW, "title": f"Down {n}"} for n in range(6)], key="k")
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    assert count(installation) == 1


def test_of_services_of_one_slug_at_the_same_time_one_is_added(installation: Installation) -> None:
    new = {"slug": "payments", "name": "Payments"}
    with ThreadPoolExecutor(4) as threads:
        answers = list(
            threads.map(lambda _: installation.ada.post("/api/v1/services", new), range(4))
        )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 3
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {
        "slug_taken"
    }


def test_no_stored_answer_shows_a_secret_to_who_reads_the_database(
    sqlite_installation: Installation, tmp_path: Path
) -> None:
    new = {"kind": "generic", "name": "Mona", "auth": "bearer"}
    made = sent(sqlite_installation.ada, new, path="/api/v1/sources")
    path = f"/api/v1/sources/{made.json()['id']}"
    answers = [
        made,
        sent(sqlite_installation.ada, {}, key="k2", path=f"{path}/rotate-token"),
        sent(sqlite_installation.ada, {}, key="k3", path=f"{path}/rotate-secret"),
    ]
    assert [answer.status_code for answer in answers] == [201, 200, 200]
    reported = [answer.json() for answer in answers]
    urls = {each["hook_url"].rpartition("/")[2] for each in reported if each["hook_url"]}
    secrets = urls | {each["secret"] for each in reported if each["secret"]}
    stored = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert len(secrets) == 4
    assert b"rotate_token" in stored  # the audit entry: it is the database that is read
    assert [secret for secret in secrets if secret.encode() in stored] == []
    assert sent(sqlite_installation.ada, new, path="/api/v1/sources").content == made.content


def test_a_stored_response_is_not_repeated_to_a_person_with_a_lower_role(
    installation: Installation,
) -> None:
    path, source = "/api/v1/sources", {"name": "Cron", "kind": "generic"}
    owner = installation.sign_in_ada()
    with installation.writing(SHELL) as ctx:
        eve = add_user(ctx, "eve@example.com", Role.ADMIN).id
        sessions.begin(ctx, eve, sessions.BrowserInfo("", ""), days=14)
    first = sent(installation.ada, source, path=path)
    assert first.status_code == 201
    assert sent(installation.ada, source, path=path).content == first.content
    with installation.writing(SHELL) as ctx:
        update_user(ctx, owner, role=Role.EDITOR)
    refused = sent(installation.ada, source, path=path)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
