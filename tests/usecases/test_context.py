import re

import pytest
from sqlalchemy.exc import InvalidRequestError
from sqlmodel import select

from app.db.queries.services import find_services
from app.db.tables import ServiceRow, UserRow
from app.domain.errors import ConflictError, ForbiddenError, InvalidError
from app.domain.permissions import Action
from app.usecases.context import SHELL, Actor, Ctx, new_id
from app.usecases.users.administration import list_user_details
from tests.cast import ADA, BEN, CY, MONA, Backend, open_backend
from tests.databases import PostgresDatabases


def test_a_public_id_is_twelve_letters_and_digits() -> None:
    ids = {new_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(re.fullmatch("[a-z0-9]{12}", each) for each in ids)


def test_each_actor_may_do_what_its_role_allows(sqlite_backend: Backend) -> None:
    allowed = {ADA: set(Action), BEN: {Action.READ, Action.EDIT}, CY: {Action.READ}}
    for actor, actions in allowed.items():
        with sqlite_backend.reading(actor) as ctx:
            for action in actions:
                ctx.require(action)
            for action in set(Action) - actions:
                with pytest.raises(ForbiddenError):
                    ctx.require(action)


@pytest.mark.parametrize("actor", [SHELL, MONA])
def test_no_role_binds_the_shell_and_our_own_automation(
    sqlite_backend: Backend, actor: Actor
) -> None:
    with sqlite_backend.reading(actor) as ctx:
        allowed = {action for action in Action if is_allowed(ctx, action)}
    assert allowed == set(Action)


def is_allowed(ctx: Ctx, action: Action) -> bool:
    try:
        ctx.require(action)
    except ForbiddenError:
        return False
    return True


def test_who_comes_second_is_asked_to_look_again(backend: Backend) -> None:
    def twice() -> None:
        with backend.writing() as ctx:
            for _ in range(2):
                ctx.session.add(
                    UserRow(
                        public_id=new_id(),
                        email="eve@example.com",
                        role="viewer",
                        created_at=ctx.now,
                    )
                )

    with pytest.raises(ConflictError) as refused:
        twice()
    assert refused.value.code == "conflict"
    with backend.reading() as ctx:
        assert list_user_details(ctx) == ()


def test_what_postgresql_cannot_hold_is_an_invalid_input(postgres: PostgresDatabases) -> None:
    with (
        postgres.migrated() as url,
        open_backend(url) as backend,
        pytest.raises(InvalidError),
        backend.reading() as ctx,
    ):
        find_services(ctx.session, ["a\x00"])


def test_sqlite_finds_no_service_by_a_name_with_nul(sqlite_backend: Backend) -> None:
    with sqlite_backend.reading() as ctx:
        assert find_services(ctx.session, ["a\x00"]) == {}


def test_a_mistake_of_ours_is_not_taken_for_an_outage(sqlite_backend: Backend) -> None:
    with pytest.raises(InvalidRequestError), sqlite_backend.reading() as ctx:
        ctx.session.exec(select(ServiceRow)).one()
