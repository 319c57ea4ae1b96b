"""Access control of the console: every route, with rows that exist, for roles and visitors."""

import pytest

from app.domain.permissions import Role
from tests.console import send
from tests.web.console.populated import Populated
from tests.web.console.routes import NEEDED, SIGNED_OUT, Operation, console_routes
from tests.web.console.submissions import REFUSED, SHOWN

BELOW = {Role.EDITOR: Role.VIEWER, Role.ADMIN: Role.EDITOR}


def success(operation: Operation) -> int:
    """The status of an operation that is carried out."""
    method, route = operation
    if route in REFUSED and method == "POST":
        return 422
    return 200 if method == "GET" or route in SHOWN else 303


def test_the_table_names_every_route(populated: Populated) -> None:
    assert console_routes(populated.installation.app) == set(NEEDED) | SIGNED_OUT


@pytest.mark.parametrize("role", Role)
def test_the_least_role_is_enough(populated: Populated, role: Role) -> None:
    operations = [each for each, least in NEEDED.items() if least is role]
    statuses = {each: populated.status(role, each) for each in operations}
    assert statuses == {each: success(each) for each in operations}


@pytest.mark.parametrize("least", BELOW)
def test_the_role_below_is_refused(populated: Populated, least: Role) -> None:
    operations = [each for each, role in NEEDED.items() if role is least]
    statuses = {each: populated.status(BELOW[least], each) for each in operations}
    assert statuses == dict.fromkeys(operations, 403)


def test_a_visitor_is_sent_to_sign_in(populated: Populated) -> None:
    vera = populated.installation.vera
    for method, route in NEEDED:
        address = populated.addresses.of(route)
        if method == "GET":
            answer = vera.get(address)
            assert answer.status_code == 303, route
            assert answer.headers["location"].startswith("/console/login")
        else:
            assert send(vera, address).status_code == 401, route
