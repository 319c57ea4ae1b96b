import pytest
from argon2 import PasswordHasher
from sqlmodel import select

from app.db.tables import UserRow
from app.domain.errors import ConflictError, ForbiddenError, InvalidError
from app.domain.permissions import Role
from app.usecases.users.administration import list_user_details
from app.usecases.users.passwords.passwords import hashed
from app.usecases.users.users import add_user
from tests.cast import BEN, Backend

PASSWORD = "correct horse battery"  # of a test


def test_a_user_is_known_by_an_address_in_lower_case(backend: Backend) -> None:
    with backend.writing() as ctx:
        add_user(ctx, " Eve@Example.com ", Role.EDITOR)
        with pytest.raises(ConflictError):
            add_user(ctx, "eve@example.COM", Role.VIEWER)
        assert [(each.email, each.role) for each in list_user_details(ctx)] == [
            ("eve@example.com", Role.EDITOR)
        ]


def test_a_password_is_stored_as_a_hash_alone(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing() as ctx:
        member = add_user(
            ctx, "eve@example.com", Role.EDITOR, password=hashed(PASSWORD, email="eve@example.com")
        )
        (row,) = ctx.session.exec(select(UserRow)).all()
    assert PASSWORD not in repr(member) + repr(row)
    assert row.password_hash is not None
    assert PasswordHasher().verify(row.password_hash, PASSWORD)


@pytest.mark.parametrize("email", ["", "eve", "eve@", "@example.com", "e ve@x", "eve\x00@x.y"])
def test_what_is_no_address_is_refused(backend: Backend, email: str) -> None:
    with backend.writing() as ctx, pytest.raises(InvalidError):
        add_user(ctx, email, Role.VIEWER)


@pytest.mark.parametrize("password", ["", "too short", "x" * 1001])
def test_a_password_is_long_enough_and_not_too_long(password: str) -> None:
    with pytest.raises(InvalidError):
        hashed(password, email="eve@example.com")


def test_only_an_admin_adds_and_lists_users(sqlite_backend: Backend) -> None:
    with sqlite_backend.reading(BEN) as ctx:
        with pytest.raises(ForbiddenError):
            add_user(ctx, "eve@example.com", Role.VIEWER)
        with pytest.raises(ForbiddenError):
            list_user_details(ctx)


@pytest.mark.parametrize(
    "password",
    [
        "password12345",
        "qwertyuiop12",
        "aaaaaaaaaaaa",
        "Password1234!",
        "evelyn.berg@example.com",
        "1" * 1000,
    ],
)
def test_a_password_that_is_easy_to_guess_is_refused(password: str) -> None:
    with pytest.raises(InvalidError) as refused:
        hashed(password, email="evelyn.berg@example.com")
    assert (refused.value.code, refused.value.field) == ("weak_password", "password")
