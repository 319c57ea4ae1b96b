"""What each role may do, operation by operation."""

import pytest

from app.domain.permissions import Role
from app.usecases.users.api_tokens import add_token, revoke_token
from tests.cast import House, Person
from tests.web.api.routes import Operation, api_operations, example_of

VIEWER, EDITOR, ADMIN = Role.VIEWER, Role.EDITOR, Role.ADMIN
INCIDENT = "/api/v1/incidents/{incident_id}"
TARGET = "/api/v1/targets/{target_id}"
MAINTENANCE = "/api/v1/maintenances/{maintenance_id}"
OCCURRENCE = f"{MAINTENANCE}/occurrences/{{occurrence}}"
HELD = "/api/v1/held/{held_id}"
SOURCE = "/api/v1/sources/{source_id}"
ROUTE = "/api/v1/routes/{route_id}"
USER = "/api/v1/users/{user_id}"
REPLY = "/api/v1/saved-replies/{reply_id}"

# The least role that each operation wants.
NEEDED: dict[Operation, Role] = {
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
    ("PATCH", f"{INCIDENT}/updates/{{update_id}}"): EDITOR,
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
    ("DELETE", MAINTENANCE): EDITOR,
    ("POST", f"{MAINTENANCE}/cancel"): EDITOR,
    ("POST", f"{MAINTENANCE}/complete"): EDITOR,
    ("POST", f"{MAINTENANCE}/publish"): EDITOR,
    ("POST", f"{MAINTENANCE}/updates"): EDITOR,
    ("PATCH", f"{MAINTENANCE}/updates/{{update_id}}"): EDITOR,
    ("GET", f"{MAINTENANCE}/occurrences"): VIEWER,
    ("PATCH", OCCURRENCE): EDITOR,
    ("DELETE", OCCURRENCE): EDITOR,
    ("POST", f"{OCCURRENCE}/complete"): EDITOR,
    ("GET", f"{MAINTENANCE}/conflicts"): VIEWER,
    ("GET", "/api/v1/audit"): ADMIN,
    ("GET", "/api/v1/page"): VIEWER,
    ("PATCH", "/api/v1/page"): ADMIN,
    ("GET", "/api/v1/page/logo"): VIEWER,
    ("PUT", "/api/v1/page/logo"): ADMIN,
    ("DELETE", "/api/v1/page/logo"): ADMIN,
    ("GET", "/api/v1/held"): VIEWER,
    ("GET", HELD): VIEWER,
    ("POST", f"{HELD}/approve"): EDITOR,
    ("POST", f"{HELD}/withdraw"): EDITOR,
    ("POST", f"{HELD}/refuse"): EDITOR,
    ("POST", f"{HELD}/dismiss"): EDITOR,
    ("GET", "/api/v1/saved-replies"): VIEWER,
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
    ("POST", f"{SOURCE}/dry-run"): VIEWER,
    ("GET", f"{SOURCE}/events"): VIEWER,
    ("GET", f"{SOURCE}/events/{{event_id}}"): VIEWER,
    ("POST", f"{SOURCE}/events/{{event_id}}/replay"): ADMIN,
    ("GET", "/api/v1/routes"): VIEWER,
    ("POST", "/api/v1/routes"): ADMIN,
    ("GET", ROUTE): VIEWER,
    ("PATCH", ROUTE): ADMIN,
    ("DELETE", ROUTE): ADMIN,
    ("GET", "/api/v1/alerts"): VIEWER,
    ("GET", "/api/v1/aliases"): VIEWER,
    ("POST", "/api/v1/aliases"): ADMIN,
    ("DELETE", "/api/v1/aliases/{alias}"): ADMIN,
}


def test_each_operation_stands_in_the_table(quick_house: House) -> None:
    assert set(NEEDED) == api_operations(quick_house.app)


def answered(house: House, person: Person, operation: Operation) -> int:
    """The status for a well-formed request about something that is not there."""
    method, path = operation
    parts = ["zzzzzzzzzzzz" if part.startswith("{") else part for part in path.split("/")]
    return person.ask(method, "/".join(parts), json=example_of(house, operation)).status_code


@pytest.mark.parametrize("role", list(Role))
def test_a_role_may_do_what_the_table_says_and_nothing_else(quick_house: House, role: Role) -> None:
    person = {VIEWER: quick_house.cy, EDITOR: quick_house.ben, ADMIN: quick_house.ada}[role]
    ranks = list(Role)
    for operation, needed in NEEDED.items():
        status = answered(quick_house, person, operation)
        allowed = ranks.index(role) >= ranks.index(needed)
        assert (status != 403) is allowed, (operation, status)
        assert status != 401


def test_nobody_may_do_anything(quick_house: House) -> None:
    for operation in NEEDED:
        assert answered(quick_house, quick_house.vera, operation) == 401, operation


def test_a_revoked_token_opens_nothing(house: House) -> None:
    with house.writing() as ctx:
        token = add_token(ctx, "short-lived", ADMIN)
    person = Person(house.app, {"Authorization": f"Bearer {token.secret}"})
    assert person.get("/api/v1/services").status_code == 200
    with house.writing() as ctx:
        revoke_token(ctx, token.id)
    assert person.get("/api/v1/services").status_code == 401
