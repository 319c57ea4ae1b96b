"""Requesting a link for a new password on the sign-in page."""

import pytest
from sqlmodel import select

from app.db.tables import StaffMailRow
from app.domain.permissions import Role
from app.usecases.context import SHELL
from app.usecases.subscribers.availability import record_mail_setup
from app.usecases.users.staff_mail import request_link
from app.usecases.users.users import add_user
from tests.cast import ADA, Installation
from tests.console import give_password, send
from tests.fakes import fake_hashes

LINK = "/console/login/link"


@pytest.fixture
def with_mail(installation: Installation) -> Installation:
    """Ada has an account, and mail is set up."""
    with installation.writing(SHELL) as ctx:
        record_mail_setup(ctx, is_set_up=True)
        give_password(ctx, add_user(ctx, ADA.name, Role.ADMIN).id)
    return installation


def test_the_answer_is_the_same_for_users_and_strangers(with_mail: Installation) -> None:
    vera = with_mail.vera
    assert LINK in vera.get("/console/login").text
    assert vera.get(LINK).status_code == 200
    answers = [
        send(vera, LINK, {"email": email})
        for email in (ADA.name, "nobody@example.com", *[f"{n}@example.com" for n in range(30)])
    ]
    assert {(each.status_code, each.headers["location"], each.content) for each in answers} == {
        (303, f"{LINK}/sent", b"")
    }
    assert vera.get(f"{LINK}/sent").status_code == 200
    with with_mail.reading() as ctx:
        assert len(ctx.session.exec(select(StaffMailRow)).all()) == 20


def test_requests_of_strangers_keep_no_link_from_staff(with_mail: Installation) -> None:
    hashes = fake_hashes()
    for number in range(120):
        with with_mail.writing() as ctx:
            request_link(ctx, hashes, f"{number}@example.com", f"198.51.100.{number}")
    with with_mail.writing() as ctx:
        request_link(ctx, hashes, ADA.name, "203.0.113.1")
    with with_mail.reading() as ctx:
        row = ctx.session.exec(select(StaffMailRow).where(StaffMailRow.address == ADA.name)).one()
        assert row.finished_at is None


@pytest.mark.parametrize("email", ["", "ada", "ada@", "a\x00@x.y", "ada@example.com\r\nBcc: x@y.z"])
def test_a_malformed_address_is_refused_beside_the_field(
    with_mail: Installation, email: str
) -> None:
    answer = send(with_mail.vera, LINK, {"email": email})
    assert answer.status_code == 422
    with with_mail.reading() as ctx:
        assert ctx.session.exec(select(StaffMailRow)).all() == []


def test_without_mail_it_is_not_offered(installation: Installation) -> None:
    assert LINK not in installation.vera.get("/console/login").text
    assert installation.vera.get(LINK).status_code == 404
    assert send(installation.vera, LINK, {"email": ADA.name}).status_code == 404
