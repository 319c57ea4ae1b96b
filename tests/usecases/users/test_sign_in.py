import pytest
from sqlmodel import select

from app.db.tables import SignInAttemptRow, StaffSessionRow
from app.domain.errors import ForbiddenError, NotFoundError, TooManyError, UnauthenticatedError
from app.domain.permissions import Role
from app.usecases.users import sessions
from app.usecases.users.passwords.passwords import hashed
from app.usecases.users.passwords.stored_passwords import stored_password_for_sign_in
from app.usecases.users.sessions import BrowserInfo
from app.usecases.users.sign_in import count_attempt, forget_attempts
from app.usecases.users.users import add_user
from tests.cast import ADA, BEN, CY, Backend

HERE = BrowserInfo("Firefox", "192.0.2.1")


def tried(backend: Backend, email: str, address: str, times: int = 1) -> None:
    for _ in range(times):
        with backend.writing() as ctx:
            count_attempt(ctx, email, address)


def test_an_account_is_closed_to_an_address_that_tries_too_often(backend: Backend) -> None:
    tried(backend, "eve@example.com", "192.0.2.1", 8)
    with pytest.raises(TooManyError) as refused:
        tried(backend, " EVE@example.com", "192.0.2.1")
    assert refused.value.data == {"seconds": 900, "minutes": 15}
    tried(backend, "eve@example.com", "192.0.2.2")
    tried(backend, "ada@example.com", "192.0.2.1")
    backend.clock.forward(minutes=15)
    tried(backend, "eve@example.com", "192.0.2.1")


def test_an_address_that_goes_through_names_is_stopped(sqlite_backend: Backend) -> None:
    for number in range(40):
        tried(sqlite_backend, f"{number}@example.com", f"2001:db8::{number}")
    with pytest.raises(TooManyError):
        tried(sqlite_backend, "next@example.com", "2001:db8::ffff")
    tried(sqlite_backend, "next@example.com", "2001:db8:0:1::1")


def test_many_addresses_on_one_account_are_stopped(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing() as ctx:
        for number in range(100):
            count_attempt(ctx, "eve@example.com", f"::ffff:192.0.2.{number}")
            ctx.session.flush()
    with pytest.raises(TooManyError):
        tried(sqlite_backend, "eve@example.com", "unknown")


def test_who_succeeded_in_the_end_may_mistype_again(backend: Backend) -> None:
    tried(backend, "eve@example.com", "192.0.2.1", 7)
    with backend.writing() as ctx:
        forget_attempts(ctx, "eve@example.com", "192.0.2.1")
        assert ctx.session.exec(select(SignInAttemptRow)).all() == []


def test_names_that_were_tried_are_not_kept(sqlite_backend: Backend) -> None:
    tried(sqlite_backend, "secret@example.com", "192.0.2.1")
    with sqlite_backend.reading() as ctx:
        assert "secret@" not in repr(ctx.session.exec(select(SignInAttemptRow)).all())


def test_a_password_opens_only_the_account_that_has_it(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing() as ctx:
        eve = add_user(
            ctx,
            "eve@example.com",
            Role.EDITOR,
            password=hashed("correct horse battery", email="eve@example.com"),
        )
        add_user(ctx, "ben@example.com", Role.EDITOR)
        verified = stored_password_for_sign_in(ctx, "Eve@example.com ").verify(
            "correct horse battery"
        )
        assert verified is not None
        assert verified.id == eve.id
        assert stored_password_for_sign_in(ctx, "eve@example.com").verify("wrong") is None
        assert stored_password_for_sign_in(ctx, "ben@example.com").verify("") is None
        assert (
            stored_password_for_sign_in(ctx, "nobody@example.com").verify("correct horse battery")
            is None
        )


def test_a_session_is_known_by_its_secret_and_kept_as_a_hash(backend: Backend) -> None:
    with backend.writing() as ctx:
        ben = add_user(ctx, BEN.name, Role.EDITOR)
        fresh = sessions.begin(ctx, ben.id, HERE, days=14)
    with backend.reading() as ctx:
        me = sessions.session_of(ctx, fresh.secret)
        assert me is not None
        assert (me.actor.kind, me.actor.name, me.actor.user_id) == (BEN.kind, BEN.name, ben.id)
        assert sessions.session_of(ctx, fresh.secret + "x") is None
        (row,) = ctx.session.exec(select(StaffSessionRow)).all()
    assert fresh.secret not in repr(row) + repr(fresh)


def test_a_session_that_is_over_is_forgotten(backend: Backend) -> None:
    with backend.writing() as ctx:
        ben = add_user(ctx, BEN.name, Role.EDITOR)
        fresh = sessions.begin(ctx, ben.id, HERE, days=14)
    tried(backend, "eve@example.com", "192.0.2.1")
    backend.clock.forward(days=14)
    with backend.writing() as ctx:
        assert sessions.session_of(ctx, fresh.secret) is None
        sessions.delete_expired(ctx)
        assert ctx.session.exec(select(StaffSessionRow)).all() == []
        assert ctx.session.exec(select(SignInAttemptRow)).all() == []


def test_sessions_are_ones_own_or_an_admins_business(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing() as ctx:
        ben = add_user(ctx, BEN.name, Role.EDITOR)
        fresh = sessions.begin(ctx, ben.id, HERE, days=14)
    with sqlite_backend.reading(BEN) as ctx:
        assert [each.id for each in sessions.list_sessions(ctx, ben.id)] == [fresh.id]
    with sqlite_backend.writing(CY) as ctx:
        with pytest.raises(ForbiddenError):
            sessions.list_sessions(ctx, ben.id)
        with pytest.raises(ForbiddenError):
            sessions.revoke_all(ctx, ben.id)
    with sqlite_backend.writing(ADA) as ctx:
        with pytest.raises(NotFoundError):
            sessions.revoke(ctx, ben.id, "zzzzzzzzzzzz")
        with pytest.raises(NotFoundError):
            sessions.list_sessions(ctx, "zzzzzzzzzzzz")
        assert sessions.revoke_all(ctx, ben.id) == 1
        assert sessions.session_of(ctx, fresh.secret) is None


def test_nobody_begins_a_session_of_a_user_who_is_not_there(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing() as ctx, pytest.raises(UnauthenticatedError):
        sessions.begin(ctx, "zzzzzzzzzzzz", HERE, days=14)
