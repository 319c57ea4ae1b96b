"""Who may reach which route of the console: every route, for every role and for nobody."""

import pytest

from app.domain.permissions import Role
from tests.cast import House
from tests.console import Staff, send, staff
from tests.web.console.routes import DOOR, NEEDED, Operation, an_address, console_routes

RANK = {role: rank for rank, role in enumerate(Role)}


def _status(person: Staff, operation: Operation) -> int:
    method, path = operation
    address = an_address(path)
    return (person.get(address) if method == "GET" else person.send(address)).status_code


def test_the_table_knows_every_route(house: House) -> None:
    assert console_routes(house.app) == set(NEEDED) | DOOR


@pytest.mark.parametrize("role", Role)
def test_a_role_reaches_what_it_may_and_nothing_else(house: House, role: Role) -> None:
    for operation, least in NEEDED.items():
        status = _status(staff(house, role), operation)
        if RANK[role] < RANK[least]:
            assert status == 403, operation
        else:
            assert status not in {401, 403, 500}, operation


def test_nobody_reaches_anything_but_the_door(house: House) -> None:
    for method, path in NEEDED:
        address = an_address(path)
        if method == "GET":
            answer = house.vera.get(address)
            assert answer.status_code == 303, path
            assert answer.headers["location"].startswith("/console/login")
        else:
            assert send(house.vera, address).status_code == 401, path
