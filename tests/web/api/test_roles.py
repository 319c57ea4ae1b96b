"""Access control of the API: every operation, with rows that exist, for roles and visitors."""

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from app.db.migrate import upgrade
from app.domain.permissions import Role
from app.usecases.users.api_tokens import add_token, revoke_token
from tests.cast import Installation, Person, open_installation
from tests.databases import Run, copy_sqlite
from tests.web.api.examples import MAIL, Command, operation_of, run_examples
from tests.web.api.routes import Operation, api_operations

VIEWER, EDITOR, ADMIN = Role.VIEWER, Role.EDITOR, Role.ADMIN
INCIDENT = "/api/v1/incidents/{incident_id}"
TARGET = "/api/v1/targets/{target_id}"
MAINTENANCE = "/api/v1/maintenances/{maintenance_id}"
OCCURRENCE = f"{MAINTENANCE}/occurrences/{{occurrence}}"
PENDING_TEXT = "/api/v1/pending-texts/{pending_text_id}"
SOURCE = "/api/v1/sources/{source_id}"
ROOM = "/api/v1/rooms/{room_id}"
SUBSCRIBER = "/api/v1/subscribers/{subscriber_id}"
ROUTE = "/api/v1/routes/{route_id}"
USER = "/api/v1/users/{user_id}"
REPLY = "/api/v1/saved-replies/{reply_id}"

# The least role that each operation requires.
NEEDED: dict[Operation, Role] = {
    ("GET", "/api/v1/reader-languages"): VIEWER,
    ("GET", "/api/v1/translation-provider"): ADMIN,
    ("PUT", "/api/v1/translation-provider"): ADMIN,
    ("DELETE", "/api/v1/translation-provider"): ADMIN,
    ("POST", "/api/v1/translation-provider/check"): ADMIN,
    ("GET", "/api/v1/unread-translations"): VIEWER,
    ("PUT", "/api/v1/unread-translations"): ADMIN,
    ("GET", "/api/v1/glossary-terms"): VIEWER,
    ("POST", "/api/v1/glossary-terms"): ADMIN,
    ("DELETE", "/api/v1/glossary-terms/{term_id}"): ADMIN,
    ("GET", f"{INCIDENT}/translations"): VIEWER,
    ("GET", f"{MAINTENANCE}/translations"): VIEWER,
    ("GET", "/api/v1/services"): VIEWER,
    ("POST", "/api/v1/services"): ADMIN,
    ("GET", "/api/v1/services/{slug}"): VIEWER,
    ("PATCH", "/api/v1/services/{slug}"): ADMIN,
    ("DELETE", "/api/v1/services/{slug}"): ADMIN,
    ("POST", "/api/v1/services/{slug}/restore"): ADMIN,
    ("PUT", "/api/v1/services/order"): ADMIN,
    ("GET", "/api/v1/groups"): VIEWER,
    ("POST", "/api/v1/groups"): ADMIN,
    ("PATCH", "/api/v1/groups/{slug}"): ADMIN,
    ("DELETE", "/api/v1/groups/{slug}"): ADMIN,
    ("PUT", "/api/v1/groups/order"): ADMIN,
    ("GET", "/api/v1/incidents"): VIEWER,
    ("POST", "/api/v1/incidents"): EDITOR,
    ("GET", INCIDENT): VIEWER,
    ("PATCH", INCIDENT): EDITOR,
    ("DELETE", INCIDENT): EDITOR,
    ("POST", f"{INCIDENT}/publish"): EDITOR,
    ("POST", f"{INCIDENT}/take-over"): EDITOR,
    ("POST", f"{INCIDENT}/hand-back"): EDITOR,
    ("POST", f"{INCIDENT}/updates"): EDITOR,
    ("DELETE", f"{INCIDENT}/updates/{{update_id}}"): EDITOR,
    ("PATCH", f"{INCIDENT}/updates/{{update_id}}"): EDITOR,
    ("GET", f"{INCIDENT}/notes"): VIEWER,
    ("POST", f"{INCIDENT}/notes"): EDITOR,
    ("DELETE", f"{INCIDENT}/notes/{{note_id}}"): EDITOR,
    ("PUT", f"{INCIDENT}/postmortem"): EDITOR,
    ("GET", f"{INCIDENT}/postmortem-draft"): VIEWER,
    ("GET", "/api/v1/tokens"): ADMIN,
    ("POST", "/api/v1/tokens"): ADMIN,
    ("DELETE", "/api/v1/tokens/{token_id}"): ADMIN,
    ("GET", "/api/v1/users"): ADMIN,
    ("POST", "/api/v1/users"): ADMIN,
    ("GET", USER): ADMIN,
    ("PATCH", USER): ADMIN,
    ("POST", f"{USER}/link"): ADMIN,
    ("POST", f"{USER}/reset-second-factor"): ADMIN,
    ("POST", f"{USER}/end-sessions"): ADMIN,
    ("POST", f"{USER}/forget-identity"): ADMIN,
    ("GET", "/api/v1/targets"): VIEWER,
    ("POST", "/api/v1/targets"): ADMIN,
    ("GET", TARGET): VIEWER,
    ("PATCH", TARGET): ADMIN,
    ("DELETE", TARGET): ADMIN,
    ("POST", f"{TARGET}/probe"): EDITOR,
    ("POST", f"{TARGET}/pause"): ADMIN,
    ("POST", f"{TARGET}/resume"): ADMIN,
    ("GET", f"{TARGET}/chains"): VIEWER,
    ("GET", f"{TARGET}/chains/diff"): VIEWER,
    ("GET", "/api/v1/horizons"): VIEWER,
    ("GET", "/api/v1/horizons/warnings"): VIEWER,
    ("GET", "/api/v1/maintenances"): VIEWER,
    ("POST", "/api/v1/maintenances"): EDITOR,
    ("GET", MAINTENANCE): VIEWER,
    ("PATCH", MAINTENANCE): EDITOR,
    ("DELETE", f"{MAINTENANCE}/updates/{{update_id}}"): EDITOR,
    ("DELETE", MAINTENANCE): EDITOR,
    ("POST", f"{MAINTENANCE}/cancel"): EDITOR,
    ("POST", f"{MAINTENANCE}/complete"): EDITOR,
    ("POST", f"{MAINTENANCE}/reinstate"): EDITOR,
    ("POST", f"{MAINTENANCE}/publish"): EDITOR,
    ("POST", f"{MAINTENANCE}/updates"): EDITOR,
    ("PATCH", f"{MAINTENANCE}/updates/{{update_id}}"): EDITOR,
    ("GET", f"{MAINTENANCE}/occurrences"): VIEWER,
    ("PATCH", OCCURRENCE): EDITOR,
    ("DELETE", OCCURRENCE): EDITOR,
    ("POST", f"{OCCURRENCE}/complete"): EDITOR,
    ("POST", f"{OCCURRENCE}/reinstate"): EDITOR,
    ("GET", f"{MAINTENANCE}/conflicts"): VIEWER,
    ("GET", "/api/v1/audit"): ADMIN,
    ("GET", "/api/v1/audit/export"): ADMIN,
    ("GET", "/api/v1/page"): VIEWER,
    ("GET", "/api/v1/export"): ADMIN,
    ("GET", "/api/v1/imports"): ADMIN,
    ("POST", "/api/v1/imports"): ADMIN,
    ("POST", "/api/v1/imports/files"): ADMIN,
    ("GET", "/api/v1/imports/{import_id}"): ADMIN,
    ("POST", "/api/v1/imports/{import_id}/apply"): ADMIN,
    ("PATCH", "/api/v1/page"): ADMIN,
    ("GET", "/api/v1/page/logo"): VIEWER,
    ("PUT", "/api/v1/page/logo"): ADMIN,
    ("DELETE", "/api/v1/page/logo"): ADMIN,
    ("GET", "/api/v1/pending-texts"): VIEWER,
    ("GET", PENDING_TEXT): VIEWER,
    ("POST", f"{PENDING_TEXT}/approve"): EDITOR,
    ("POST", f"{PENDING_TEXT}/withdraw"): EDITOR,
    ("POST", f"{PENDING_TEXT}/refuse"): EDITOR,
    ("POST", f"{PENDING_TEXT}/dismiss"): EDITOR,
    ("GET", "/api/v1/saved-replies"): VIEWER,
    ("GET", "/api/v1/standard-sentences"): VIEWER,
    ("GET", "/api/v1/templates"): VIEWER,
    ("POST", "/api/v1/templates"): EDITOR,
    ("PUT", "/api/v1/templates/{template_id}"): EDITOR,
    ("DELETE", "/api/v1/templates/{template_id}"): EDITOR,
    ("POST", "/api/v1/saved-replies"): EDITOR,
    ("PATCH", REPLY): EDITOR,
    ("DELETE", REPLY): EDITOR,
    ("GET", "/api/v1/sources"): VIEWER,
    ("POST", "/api/v1/sources"): ADMIN,
    ("GET", SOURCE): VIEWER,
    ("PATCH", SOURCE): ADMIN,
    ("DELETE", SOURCE): ADMIN,
    ("POST", f"{SOURCE}/rotate-token"): ADMIN,
    ("POST", f"{SOURCE}/rotate-secret"): ADMIN,
    ("POST", f"{SOURCE}/dry-run"): ADMIN,
    ("GET", f"{SOURCE}/events"): VIEWER,
    ("GET", f"{SOURCE}/events/{{event_id}}"): VIEWER,
    ("POST", f"{SOURCE}/events/{{event_id}}/replay"): ADMIN,
    ("GET", "/api/v1/routes"): VIEWER,
    ("POST", "/api/v1/routes"): ADMIN,
    ("GET", ROUTE): VIEWER,
    ("PATCH", ROUTE): ADMIN,
    ("DELETE", ROUTE): ADMIN,
    ("GET", "/api/v1/alerts"): VIEWER,
    ("GET", "/api/v1/channels"): EDITOR,
    ("GET", "/api/v1/channels/{kind}"): EDITOR,
    ("PATCH", "/api/v1/channels/{kind}"): ADMIN,
    ("GET", "/api/v1/notices"): VIEWER,
    ("GET", "/api/v1/notices/{notice_id}"): VIEWER,
    ("POST", "/api/v1/notices/preview"): EDITOR,
    ("GET", "/api/v1/deliveries"): EDITOR,
    ("GET", "/api/v1/deliveries/{delivery_id}"): EDITOR,
    ("POST", "/api/v1/deliveries/{delivery_id}/repeat"): EDITOR,
    ("POST", "/api/v1/deliveries/{delivery_id}/give-up"): EDITOR,
    ("POST", "/api/v1/suppressions/search"): ADMIN,
    ("POST", "/api/v1/suppressions/lift"): ADMIN,
    ("GET", "/api/v1/rooms"): EDITOR,
    ("POST", "/api/v1/rooms"): ADMIN,
    ("GET", ROOM): EDITOR,
    ("PATCH", ROOM): ADMIN,
    ("DELETE", ROOM): ADMIN,
    ("POST", f"{ROOM}/test"): ADMIN,
    ("POST", f"{ROOM}/rotate"): ADMIN,
    ("POST", f"{ROOM}/stop"): ADMIN,
    ("POST", f"{ROOM}/start"): ADMIN,
    ("GET", "/api/v1/subscribers"): EDITOR,
    ("POST", "/api/v1/subscribers"): ADMIN,
    ("GET", "/api/v1/subscribers/counts"): VIEWER,
    ("POST", "/api/v1/subscribers/search"): ADMIN,
    ("POST", "/api/v1/subscribers/import"): ADMIN,
    ("GET", "/api/v1/subscribers/export"): ADMIN,
    ("GET", SUBSCRIBER): EDITOR,
    ("PATCH", SUBSCRIBER): EDITOR,
    ("DELETE", SUBSCRIBER): ADMIN,
    ("GET", f"{SUBSCRIBER}/data"): ADMIN,
    ("POST", f"{SUBSCRIBER}/confirm"): EDITOR,
    ("POST", f"{SUBSCRIBER}/renew"): ADMIN,
    ("POST", f"{SUBSCRIBER}/start"): EDITOR,
    ("POST", f"{SUBSCRIBER}/stop"): EDITOR,
    ("POST", "/api/v1/bounces"): EDITOR,
    ("GET", "/api/v1/aliases"): VIEWER,
    ("POST", "/api/v1/aliases"): ADMIN,
    ("DELETE", "/api/v1/aliases/{alias}"): ADMIN,
}


BELOW = {EDITOR: VIEWER, ADMIN: EDITOR}


@dataclass(frozen=True, slots=True)
class Answers:
    """The statuses of one request: of a visitor, the role below the least role, the least role."""

    operation: Operation
    visitor: int
    below: int | None
    least: int


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> list[Answers]:
    """The answers to each example of docs/api.md, which is about rows that exist."""
    folder = tmp_path_factory.mktemp("roles")
    copy_sqlite(Run.current(), upgrade, folder / "fyr.db")
    with open_installation(f"sqlite:///{folder / 'fyr.db'}", folder, **MAIL) as installation:
        return list(replay(installation))


def replay(installation: Installation) -> Iterator[Answers]:
    """Send each example without the role that it requires, and then with it."""
    people = {VIEWER: installation.cy, EDITOR: installation.ben, ADMIN: installation.ada}
    answers: list[Answers] = []

    def ask(command: Command) -> httpx.Response:
        operation = operation_of(installation.app, command)
        least = NEEDED[operation]
        visitor = command.ask_as(installation.vera).status_code
        below = command.ask_as(people[BELOW[least]]).status_code if least in BELOW else None
        answer = command.ask_as(people[least])
        answers.append(Answers(operation, visitor, below, answer.status_code))
        return answer

    for _ in run_examples(installation, ask, author=EDITOR):
        yield answers[-1]


def test_the_table_names_every_operation(sqlite_installation: Installation) -> None:
    assert set(NEEDED) == api_operations(sqlite_installation.app)


def test_the_examples_are_about_every_operation(answers: list[Answers]) -> None:
    assert {each.operation for each in answers} == set(NEEDED)


def test_the_least_role_is_enough(answers: list[Answers]) -> None:
    assert [each for each in answers if not 200 <= each.least < 300] == []


def test_the_role_below_is_refused(answers: list[Answers]) -> None:
    assert [each for each in answers if each.below not in {None, 403}] == []


def test_a_visitor_is_refused(answers: list[Answers]) -> None:
    assert [each for each in answers if each.visitor != 401] == []


def test_a_revoked_token_opens_nothing(installation: Installation) -> None:
    with installation.writing() as ctx:
        token = add_token(ctx, "short-lived", ADMIN)
    person = Person(installation.app, {"Authorization": f"Bearer {token.secret}"})
    assert person.get("/api/v1/services").status_code == 200
    with installation.writing() as ctx:
        revoke_token(ctx, token.id)
    assert person.get("/api/v1/services").status_code == 401
