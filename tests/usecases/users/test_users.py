import pytest
from argon2 import PasswordHasher
from sqlmodel import select

from app.db.tables import UserRow
from app.domain.errors import ConflictError, ForbiddenError, InvalidError
from app.domain.permissions import Role
from app.usecases.users.administration import list_user_details
from app.usecases.users.users import add_user
from tests.cast import BEN, Stage

PASSWORD = "correct horse battery"  # of a test


def test_a_user_is_known_by_an_address_in_lower_case(stage: Stage) -> None:
    with stage.writing() as ctx:
        add_user(ctx, " Eve@Example.com ", Role.EDITOR)
        with pytest.raises(ConflictError):
            add_user(ctx, "eve@example.COM", Role.VIEWER)
        assert [(each.email, each.role) for each in list_user_details(ctx)] == [
            ("eve@example.com", Role.EDITOR)
        ]


def test_a_password_is_kept_as_a_hash_alone(quick_stage: Stage) -> None:
    with quick_stage.writing() as ctx:
        member = add_user(ctx, "eve@example.com", Role.EDITOR, password=PASSWORD)
        (row,) = ctx.session.exec(select(UserRow)).all()
    assert PASSWORD not in repr(member) + repr(row)
    assert row.password_hash is not None
    assert PasswordHasher().verify(row.password_hash, PASSWORD)


@pytest.mark.parametrize("email", ["", "eve", "eve@", "@example.com", "e ve@x", "eve\x00@x.y"])
def test_what_is_no_address_is_refused(stage: Stage, email: str) -> None:
    with stage.writing() as ctx, pytest.raises(InvalidError):
        add_user(ctx, email, Role.VIEWER)


@pytest.mark.parametrize("password", ["", "too short", "x" * 1001])
def test_a_password_is_long_enough_and_not_too_long(quick_stage: Stage, password: str) -> None:
    with quick_stage.writing() as ctx, pytest.raises(InvalidError):
        add_user(ctx, "eve@example.com", Role.VIEWER, password=password)


def test_only_an_admin_adds_and_lists_users(quick_stage: Stage) -> None:
    with quick_stage.reading(BEN) as ctx:
        with pytest.raises(ForbiddenError):
            add_user(ctx, "eve@example.com", Role.VIEWER)
        with pytest.raises(ForbiddenError):
            list_user_details(ctx)
