from app.domain.permissions import Role
from app.usecases.context import SHELL
from app.usecases.users import one_time_links
from app.usecases.users.administration import list_user_details
from tests.cast import Installation
from tests.console import PASSWORD, cookie_of, send, staff

FIRST = {"email": "Eve@example.com", "password": PASSWORD}


def link(installation: Installation) -> str:
    with installation.writing(SHELL) as ctx:
        made = one_time_links.first_admin_link(ctx)
    assert made is not None
    assert made.secret not in repr(made)
    return f"/console/welcome/{made.secret}"


def test_the_link_makes_the_first_admin_and_signs_them_in(installation: Installation) -> None:
    address = link(installation)
    assert installation.vera.get(address).status_code == 200
    answer = send(installation.vera, address, FIRST)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/")
    assert cookie_of(answer) is not None
    with installation.reading() as ctx:
        assert [(each.email, each.role) for each in list_user_details(ctx)] == [
            ("eve@example.com", Role.ADMIN)
        ]


def test_it_works_once(installation: Installation) -> None:
    address = link(installation)
    send(installation.vera, address, FIRST)
    assert installation.vera.get(address).status_code == 404
    assert send(installation.vera, address, {**FIRST, "email": "b@example.com"}).status_code == 404


def test_it_works_for_an_hour(installation: Installation) -> None:
    address = link(installation)
    installation.clock.forward(minutes=60)
    assert installation.vera.get(address).status_code == 404


def test_it_works_only_while_there_is_no_user(installation: Installation) -> None:
    address = link(installation)
    staff(installation, Role.VIEWER)
    assert installation.vera.get(address).status_code == 404
    assert send(installation.vera, address, FIRST).status_code == 404
    with installation.writing(SHELL) as ctx:
        assert one_time_links.first_admin_link(ctx) is None


def test_a_new_link_makes_the_one_before_useless(installation: Installation) -> None:
    former, newest = link(installation), link(installation)
    assert installation.vera.get(former).status_code == 404
    assert installation.vera.get(newest).status_code == 200


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(
    installation: Installation,
) -> None:
    address = link(installation)
    answer = send(installation.vera, address, {**FIRST, "password": "short"})
    assert answer.status_code == 422
    assert 'id="password-problem"' in answer.text
    assert "12 to 1000 characters" in answer.text
    assert 'value="Eve@example.com"' in answer.text
    assert send(installation.vera, address, {**FIRST, "email": "eve"}).status_code == 422
    assert send(installation.vera, address, FIRST).status_code == 303
