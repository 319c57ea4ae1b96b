import json
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

from app.domain.permissions import Role
from app.usecases.context import SHELL
from app.usecases.users.api_tokens import add_token
from tests.cast import Installation, open_installation
from tests.web.api.examples import MAIL, run_examples


def test_every_write_is_shown_newest_first_with_who_did_it(installation: Installation) -> None:
    for slug in ("a", "b"):
        installation.ada.post("/api/v1/services", {"slug": slug, "name": slug})
    entries = installation.ada.get("/api/v1/audit?limit=2").json()
    newest, before = entries["items"]
    assert (newest["action"], newest["after"]) == ("service.add", {"slug": "b"})
    assert before["after"] == {"slug": "a"}
    assert newest["actor_kind"] == "token"
    assert newest["actor_name"].startswith("admin (")
    assert newest["at"] == "2026-03-02T12:00:00Z"


def test_the_trail_of_one_thing_is_listed_alone(installation: Installation) -> None:
    made = [
        installation.ada.post("/api/v1/services", {"slug": slug, "name": slug}).json()
        for slug in "ab"
    ]
    found = installation.ada.get(f"/api/v1/audit?subject_id={made[0]['id']}").json()["items"]
    assert [entry["subject_id"] for entry in found] == [made[0]["id"]]


def test_the_trail_is_read_page_by_page_to_its_beginning(installation: Installation) -> None:
    for slug in "abc":
        installation.ada.post("/api/v1/services", {"slug": slug, "name": slug})
    seen, cursor = [], ""
    while True:
        listing = installation.ada.get(f"/api/v1/audit?limit=1{cursor}").json()
        seen += [entry["action"] for entry in listing["items"]]
        if listing["next"] is None:
            break
        cursor = f"&cursor={listing['next']}"
    assert seen == ["service.add"] * 3


def test_no_secret_is_shown(installation: Installation) -> None:
    with installation.writing(SHELL) as ctx:
        secret = add_token(ctx, "deploy", Role.ADMIN).secret
    trail = installation.ada.get("/api/v1/audit").text
    assert "token.add" in trail
    assert secret not in trail


def told_since(installation: Installation, newest: str | None) -> list[dict[str, Any]]:
    """The entries after that one, newest first."""
    # One write leaves a few entries: the newest is all that the next call has to find.
    trail = installation.ada.get("/api/v1/audit?limit=10").json()["items"]
    return list(takewhile(lambda each: each["id"] != newest, trail))


def test_every_write_leaves_an_entry(sqlite_url: str, tmp_path: Path) -> None:
    with open_installation(sqlite_url, tmp_path, **MAIL) as installation:
        left_none = set(_without_entry(installation))
    # A check, a dry run, a preview and a search change nothing; the examples of imports are dry
    # runs, a file is uploaded for one, and the bounce is about nobody.
    assert left_none == {
        "bounces",
        "check",
        "dry-run",
        "files",
        "import",
        "imports",
        "preview",
        "search",
    }


def _without_entry(installation: Installation) -> Iterator[str]:
    """The last part of the path of each write that leaves no entry."""
    newest = None
    for command, answer in run_examples(installation):
        assert answer.status_code < 300, (command, answer.text)
        entries = told_since(installation, newest)
        newest = entries[0]["id"] if entries else newest
        if command.method != "GET" and not entries:
            yield command.path.rpartition("/")[2]


def test_a_refused_write_leaves_none(installation: Installation) -> None:
    before = installation.ada.get("/api/v1/audit").json()
    installation.ada.post("/api/v1/services", {"slug": "a", "name": ""})
    installation.cy.post("/api/v1/services", {"slug": "a", "name": "A"})
    assert installation.ada.get("/api/v1/audit").json() == before


def test_the_log_is_exported_as_json_lines_with_the_hashes(installation: Installation) -> None:
    for slug in ("a", "b"):
        installation.ada.post("/api/v1/services", {"slug": slug, "name": "A"})
    listed = installation.ada.get("/api/v1/audit").json()["items"]
    answer = installation.ada.get("/api/v1/audit/export")
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    assert answer.headers["cache-control"] == "no-store"
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert (lines[0]["action"], lines[0]["actor"]) == ("audit.export", listed[0]["actor_name"])
    for name in ("id", "action", "position", "former_hash", "hash", "before", "after"):
        assert [each[name] for each in lines[1:]] == [each[name] for each in listed], name
    positions = [each["position"] for each in lines]
    assert positions == sorted(positions, reverse=True)
    assert [each["former_hash"] for each in lines[:-1]] == [each["hash"] for each in lines[1:]]


def test_an_export_has_what_the_filters_ask_for(sqlite_installation: Installation) -> None:
    ada = sqlite_installation.ada
    ada.post("/api/v1/services", {"slug": "a", "name": "A"})
    lines = ada.get("/api/v1/audit/export?action=service").text.splitlines()
    assert [json.loads(line)["action"] for line in lines] == ["service.add"]
    refused = ada.get("/api/v1/audit/export?since=2026-03-02T12:00:00")
    assert (refused.status_code, refused.json()["code"]) == (422, "naive_time")


def test_a_refused_export_is_no_entry(sqlite_installation: Installation) -> None:
    installation = sqlite_installation
    for person in (installation.ben, installation.cy):
        assert person.get("/api/v1/audit/export").status_code == 403
    actions = {each["action"] for each in installation.ada.get("/api/v1/audit").json()["items"]}
    assert "audit.export" not in actions
