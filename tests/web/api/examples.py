"""Requests for each operation of the API: the examples of docs/api.md, in their order."""

import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

import httpx
from fastapi import FastAPI
from starlette.routing import compile_path

from app.db.queries.targets.targets import find_target
from app.db.queries.users.users import find_user_by_id
from app.domain.notifications.states import DeliveryState
from app.domain.ownership import ActorKind
from app.domain.permissions import Role
from app.secret_keys import address_hashes
from app.usecases.chains import served
from app.usecases.context import SHELL, Actor
from app.usecases.publication import pending
from app.usecases.publication.incident_commands import Publish
from app.usecases.publication.pending import PendingText
from app.usecases.sources.inbox import ReceivedEvent, store
from app.usecases.sources.sources import required_source
from app.usecases.subscribers.addresses.suppressions import SuppressionReason, suppress
from app.usecases.users import sessions
from app.usecases.users.api_tokens import actor_of
from app.usecases.users.sessions import BrowserInfo
from app.usecases.users.single_sign_on import VerifiedIdentity, sign_in
from tests.cast import BASE_URL, Installation, Person
from tests.factories import make_delivery, make_incident, make_notice, make_subscriber
from tests.pictures.samples import MARK, raster
from tests.web.api.routes import Operation, api_operations

__all__ = ["Command", "operation_of", "run_examples"]

_ROOT = Path(__file__).resolve().parents[3]
TEXT = (_ROOT / "docs" / "api.md").read_text("utf-8")
EXAMPLES = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
]
# The variable of the examples for the id of a created object.
MADE = {
    "glossary-terms": "TERM",
    "imports": "IMPORT",
    "imports/files": "FILE",
    "incidents": "INCIDENT",
    "maintenances": "MAINTENANCE",
    "targets": "TARGET",
    "sources": "SOURCE",
    "routes": "ROUTE",
    "rooms": "ROOM",
    "saved-replies": "REPLY",
    "subscribers": "SUBSCRIBER",
    "templates": "TEMPLATE",
    "tokens": "TOKEN",
    "users": "PERSON",
}
# For the example that takes a bounce.
MAIL = {
    "smtp_url": "smtp://127.0.0.1:9",
    "mail_from": "status@example.com",
    "bounce_address": "bounces@example.com",
}
# The files that the examples send.
FILES = {
    "@history.json": (_ROOT / "tests" / "fixtures" / "netpark.json").read_bytes(),
    "@logo.svg": MARK,
    "@logo-dark.png": raster("PNG"),
    "@bounce.eml": b"To: bounces@example.com\nSubject: Hello\n\nText.\n",
}


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
        """The answer to the example as it stands, with the token of its own header."""
        return person.ask(self.method, self.url, headers=self.headers, content=self.body)

    def ask_as(self, person: Person) -> httpx.Response:
        """The answer to this person; the token of the example is left out."""
        headers = {name: value for name, value in self.headers.items() if name != "Authorization"}
        return person.ask(self.method, self.url, headers=headers, content=self.body)


def operation_of(app: FastAPI, command: Command) -> Operation:
    """The operation that a request is for; fails when no route, or more than one, matches.

    A path without parameters goes before those whose parameters it matches too.
    """
    matching = [
        (method, path)
        for method, path in api_operations(app)
        if method == command.method and compile_path(path)[0].match(command.path)
    ]
    (found,) = [each for each in matching if each[1] == command.path] or matching
    return found


def store_chain(installation: Installation, target_id: str) -> str:
    """Record that the target served a chain; the fingerprint of the chain."""
    with installation.writing() as ctx:
        row = find_target(ctx.session, target_id)
        assert row is not None
        served.record_sightings(ctx, row.id or 0, {"192.0.2.1": (b"leaf",)})
        return served.list_chains(ctx, target_id, cursor=None, limit=1).items[0].fingerprint


def store_event(installation: Installation, source: str) -> str:
    """Store an event of the source; the id of the event."""
    with installation.writing() as ctx:
        number = required_source(ctx, source).id or 0
        return store(ctx, [ReceivedEvent(number, ctx.now, "POST", "", "", {}, b"{}")])[0]


def refused_text(installation: Installation, author: Role) -> str:
    """Refuse a text that the owner of the role's token wrote; the id of the text."""
    with installation.reading() as ctx:
        actor = actor_of(ctx, installation.tokens[author])
    with installation.writing(actor) as ctx:
        draft = make_incident(ctx, publish=False).incident.id
        held = pending.submit(ctx, Publish(draft), undoable=True)
    assert isinstance(held, PendingText)
    with installation.writing() as ctx:
        return pending.withdraw(ctx, held.id).id


def notifications(installation: Installation) -> dict[str, str]:
    """Store a notice with a failed and a waiting delivery, and a suppressed address; their ids."""
    hashes = address_hashes(installation.settings)
    with installation.writing(SHELL) as ctx:
        notice = make_notice(ctx)
        notice.fanned_out_at, notice.audience = ctx.now, 2
        gone, slow = (make_subscriber(ctx, f"{name}@example.org") for name in ("gone", "slow"))
        failed = make_delivery(ctx, notice, gone, DeliveryState.DEAD, code="refused").public_id
        waiting = make_delivery(ctx, notice, slow, DeliveryState.WAITING).public_id
        suppress(ctx, hashes, "email", "gone@example.net", SuppressionReason.BOUNCED)
        return {"NOTICE": notice.public_id, "FAILED": failed, "WAITING": waiting}


def complete_user(installation: Installation, user_id: str) -> None:
    """Give the user a session, an identity at a provider, and a second factor."""
    with installation.writing(SHELL) as ctx:
        sessions.begin(ctx, user_id, BrowserInfo("curl/8", "192.0.2.7"), days=14)
        row = find_user_by_id(ctx.session, user_id)
        assert row is not None
        row.totp_secret = "sealed"
        known = VerifiedIdentity("https://login.example.com", "eve", row.email)
        sign_in(ctx, known, Role.VIEWER)


def run_examples(
    installation: Installation,
    ask: Callable[[Command], httpx.Response] | None = None,
    *,
    author: Role = Role.ADMIN,
) -> Iterator[tuple[Command, httpx.Response]]:
    """The request and the answer of each example, in the order of the document.

    `ask` sends a request in place of the admin of the examples and must be successful, because the
    next examples need what it creates. `author` is the role whose text is refused.
    """
    ask = ask or (lambda command: command.ask(installation.vera))
    installation.sign_in_ada()
    with installation.writing(Actor(ActorKind.PROBE, "probe")) as ctx:
        automatic = make_incident(ctx, cause="certificate:1").incident.id
        draft = make_incident(ctx, publish=False, cause="certificate:2").incident.id
    with installation.writing() as ctx:
        drafts = [make_incident(ctx, publish=False).incident.id for _ in range(3)]
        held = [pending.submit(ctx, Publish(each), undoable=True) for each in drafts]
    waiting = [each.id for each in held if isinstance(each, PendingText)]
    names = {
        "PENDING": waiting[0],
        "VERSION": _version(installation, waiting[0]),
        "OTHER_PENDING": waiting[1],
        "THIRD_PENDING": waiting[2],
        "REFUSED": refused_text(installation, author),
        **notifications(installation),
        "FYR": f"{BASE_URL}/api/v1",
        "AUTH": f"Authorization: Bearer {installation.tokens[Role.ADMIN]}",
        "AUTOMATIC": automatic,
        "DRAFT": draft,
    }
    for example in EXAMPLES:
        command = Command.read(example, names)
        answer = ask(command)
        yield command, answer
        noun = command.path.removeprefix("/api/v1/")
        if command.method == "POST" and noun in MADE:
            names[MADE[noun]] = answer.json()["id"]
        if command.method == "POST" and noun == "targets":
            names["CHAIN"] = store_chain(installation, names["TARGET"])
        if command.method == "POST" and noun == "users":
            complete_user(installation, names["PERSON"])
        if command.method == "POST" and noun == "sources":
            names["EVENT"] = store_event(installation, names["SOURCE"])
        if command.method == "POST":
            names |= _made_below(noun, answer)


def _made_below(noun: str, answer: httpx.Response) -> dict[str, str]:
    """The names of what was made below an incident or a maintenance."""
    if noun.endswith("/notes"):
        return {"NOTE": answer.json()["id"]}
    if noun.endswith("/updates") and noun.startswith("incidents/"):
        return {"UPDATE": answer.json()["updates"][0]["id"]}
    if noun.endswith("/updates"):
        return {"WORD": answer.json()["current"]["updates"][0]["id"]}
    return {}


def _version(installation: Installation, text_id: str) -> str:
    """The version of a pending text as somebody reads it."""
    with installation.reading() as ctx:
        return pending.version_of(ctx, pending.get_pending(ctx, text_id)) or ""
