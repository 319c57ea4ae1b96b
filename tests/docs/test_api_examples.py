"""Every example of docs/api.md succeeds, in the order of the document."""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

import httpx
import pytest
from starlette.routing import compile_path

from app.db.queries.targets import find_target
from app.db.queries.users import find_user_by_id
from app.domain.ownership import ActorKind
from app.domain.permissions import Role
from app.usecases.chains import served
from app.usecases.context import SHELL, Actor
from app.usecases.publication import pending
from app.usecases.publication.incident_commands import Publish
from app.usecases.publication.pending import PendingText
from app.usecases.sources.inbox import ReceivedEvent, store
from app.usecases.sources.sources import required_source
from app.usecases.users import sessions
from app.usecases.users.api_tokens import actor_of
from app.usecases.users.sessions import BrowserInfo
from app.usecases.users.single_sign_on import VerifiedIdentity, sign_in
from tests.cast import BASE_URL, House, Person, open_house
from tests.factories import make_incident
from tests.pictures.samples import MARK, raster
from tests.web.api.routes import api_operations

TEXT = (Path(__file__).resolve().parent.parent.parent / "docs" / "api.md").read_text("utf-8")
EXAMPLES = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
]
# The variable of the examples for the id of a created object.
MADE = {
    "incidents": "INCIDENT",
    "maintenances": "MAINTENANCE",
    "targets": "TARGET",
    "sources": "SOURCE",
    "routes": "ROUTE",
    "saved-replies": "REPLY",
    "tokens": "TOKEN",
    "users": "PERSON",
}


# The files that the examples send.
FILES = {"@logo.svg": MARK, "@logo-dark.png": raster("PNG")}


@dataclass
class Command:
    """The request of a curl command."""

    method: str = "GET"
    url: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: str | bytes | None = None

    @classmethod
    def read(cls, example: str, names: Mapping[str, str]) -> "Command":
        """The request, with the variables replaced as a shell does."""
        program, *words = shlex.split(Template(example).substitute(names))
        assert program == "curl"
        command, rest = cls(), iter(words)
        for word in rest:
            if word == "-X":
                command.method = next(rest)
            elif word == "-H":
                name, _, value = next(rest).partition(": ")
                command.headers[name] = value
            elif word == "--json":
                command.body = next(rest)
                command.headers["Content-Type"] = "application/json"
            elif word == "--data-binary":
                command.body = FILES[next(rest)]
            else:
                command.url = word
        if command.body is not None:
            command.method = "POST" if command.method == "GET" else command.method
        return command

    @property
    def path(self) -> str:
        return httpx.URL(self.url).path

    def ask(self, person: Person) -> httpx.Response:
        return person.ask(self.method, self.url, headers=self.headers, content=self.body)


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    with open_house(sqlite_url, tmp_path) as opened:
        yield opened


def store_chain(house: House, target_id: str) -> str:
    """Record that the target served a chain; the fingerprint of the chain."""
    with house.writing() as ctx:
        row = find_target(ctx.session, target_id)
        assert row is not None
        served.record_sightings(ctx, row.id or 0, {"192.0.2.1": (b"leaf",)})
        return served.list_chains(ctx, target_id, cursor=None, limit=1).items[0].fingerprint


def store_event(house: House, source: str) -> str:
    """Store an event of the source; the id of the event."""
    with house.writing() as ctx:
        number = required_source(ctx, source).id or 0
        return store(ctx, [ReceivedEvent(number, ctx.now, "POST", "", "", {}, b"{}")])[0]


def refused_text(house: House) -> str:
    """Refuse a text that the owner of the token wrote; the id of the text."""
    with house.reading() as ctx:
        admin = actor_of(ctx, house.tokens[Role.ADMIN])
    with house.writing(admin) as ctx:
        draft = make_incident(ctx, publish=False).incident.id
        held = pending.submit(ctx, Publish(draft), undoable=True)
    assert isinstance(held, PendingText)
    with house.writing() as ctx:
        return pending.withdraw(ctx, held.id).id


def complete_user(house: House, user_id: str) -> None:
    """Give the user a session, an identity at a provider, and a second factor."""
    with house.writing(SHELL) as ctx:
        sessions.begin(ctx, user_id, BrowserInfo("curl/8", "192.0.2.7"), days=14)
        row = find_user_by_id(ctx.session, user_id)
        assert row is not None
        row.totp_secret = "sealed"
        known = VerifiedIdentity("https://login.example.com", "eve", row.email)
        sign_in(ctx, known, Role.VIEWER)


def run_examples(house: House) -> Iterator[tuple[Command, httpx.Response]]:
    """The request and the answer of each example."""
    with house.writing(Actor(ActorKind.PROBE, "probe")) as ctx:
        automatic = make_incident(ctx, cause="certificate:1").incident.id
        draft = make_incident(ctx, publish=False, cause="certificate:2").incident.id
    with house.writing() as ctx:
        drafts = [make_incident(ctx, publish=False).incident.id for _ in range(3)]
        held = [pending.submit(ctx, Publish(each), undoable=True) for each in drafts]
    waiting = [each.id for each in held if isinstance(each, PendingText)]
    names = {
        "HELD": waiting[0],
        "OTHER_HELD": waiting[1],
        "THIRD_HELD": waiting[2],
        "REFUSED": refused_text(house),
        "FYR": f"{BASE_URL}/api/v1",
        "AUTH": f"Authorization: Bearer {house.tokens[Role.ADMIN]}",
        "AUTOMATIC": automatic,
        "DRAFT": draft,
    }
    for example in EXAMPLES:
        command = Command.read(example, names)
        answer = command.ask(house.vera)
        yield command, answer
        noun = command.path.removeprefix("/api/v1/")
        if command.method == "POST" and noun in MADE:
            names[MADE[noun]] = answer.json()["id"]
        if command.method == "POST" and noun == "targets":
            names["CHAIN"] = store_chain(house, names["TARGET"])
        if command.method == "POST" and noun == "users":
            complete_user(house, names["PERSON"])
        if command.method == "POST" and noun == "sources":
            names["EVENT"] = store_event(house, names["SOURCE"])
        if noun.endswith("/updates") and noun.startswith("incidents/"):
            names["UPDATE"] = answer.json()["updates"][0]["id"]
        elif noun.endswith("/updates"):
            names["WORD"] = answer.json()["current"]["updates"][0]["id"]


def test_every_example_works(house: House) -> None:
    for command, answer in run_examples(house):
        assert answer.status_code < 300, (command, answer.text)


def test_every_operation_has_an_example(house: House) -> None:
    shown = {(command.method, command.path) for command, _ in run_examples(house)}
    missing = {
        (method, path)
        for method, path in api_operations(house.app)
        if not any(
            method == asked and compile_path(path)[0].match(address) for asked, address in shown
        )
    }
    assert missing == set()
