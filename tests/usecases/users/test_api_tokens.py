import pytest
from sqlmodel import select

from app.db.tables import TokenRow
from app.domain.errors import (
    ForbiddenError,
    InvalidError,
    NotFoundError,
    UnauthenticatedError,
)
from app.domain.ownership import ActorKind
from app.domain.permissions import Role
from app.usecases.users.api_tokens import actor_of, add_token, revoke_token
from tests.cast import BEN, Backend


def test_a_token_stands_for_its_role_until_it_is_revoked(backend: Backend) -> None:
    with backend.writing() as ctx:
        token = add_token(ctx, "deploys", Role.EDITOR)
    with backend.reading() as ctx:
        actor = actor_of(ctx, token.secret)
    assert (actor.kind, actor.role) == (ActorKind.TOKEN, Role.EDITOR)
    assert actor.name == f"deploys ({token.id})"
    with backend.writing() as ctx:
        revoke_token(ctx, token.id)
    with backend.reading() as ctx, pytest.raises(UnauthenticatedError):
        actor_of(ctx, token.secret)


def test_the_secret_is_shown_once_and_stored_nowhere(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing() as ctx:
        token = add_token(ctx, "deploys", Role.EDITOR)
        (row,) = ctx.session.exec(select(TokenRow)).all()
    assert token.secret not in repr(token) + repr(row)
    assert token.secret.startswith("fyr_")
    assert len(token.secret) > 40


def test_unknown_and_revoked_tokens_are_refused_alike(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing() as ctx:
        token = add_token(ctx, "deploys", Role.EDITOR)
        revoke_token(ctx, token.id)
        messages = set()
        for secret in (token.secret, "fyr_unknown", ""):
            with pytest.raises(UnauthenticatedError) as refused:
                actor_of(ctx, secret)
            messages.add(refused.value.message)
    assert len(messages) == 1


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\x00b", "a\nb"])
def test_a_token_has_a_name_people_can_read(backend: Backend, name: str) -> None:
    with backend.writing() as ctx, pytest.raises(InvalidError):
        add_token(ctx, name, Role.VIEWER)


def test_only_an_admin_makes_and_revokes_tokens(sqlite_backend: Backend) -> None:
    with sqlite_backend.reading(BEN) as ctx:
        with pytest.raises(ForbiddenError):
            add_token(ctx, "mine", Role.ADMIN)
        with pytest.raises(ForbiddenError):
            revoke_token(ctx, "zzzzzzzzzzzz")


def test_a_token_that_is_not_there_cannot_be_revoked(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing() as ctx, pytest.raises(NotFoundError):
        revoke_token(ctx, "zzzzzzzzzzzz")
