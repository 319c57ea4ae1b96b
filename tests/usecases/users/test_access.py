"""What ends when the access of a user changes, also while a sign-in is under way."""

from collections.abc import Callable

import pyotp
import pytest
from sqlmodel import select

from app.db.tables import OneTimeLinkRow, StaffSessionRow
from app.domain.errors import NotFoundError, UnauthenticatedError
from app.domain.permissions import Role
from app.domain.security_events import SecurityEventKind
from app.usecases.context import SHELL, Ctx
from app.usecases.encryption import BrowserBox
from app.usecases.users import (
    account,
    administration,
    one_time_links,
    security_events,
    sessions,
    single_sign_on,
)
from app.usecases.users.access import VerifiedUser
from app.usecases.users.passwords.passwords import PasswordHash, hashed
from app.usecases.users.passwords.stored_passwords import stored_password_for_sign_in
from app.usecases.users.second_factor import second_factor
from app.usecases.users.sessions import BrowserInfo
from app.usecases.users.single_sign_on import VerifiedIdentity
from app.usecases.users.users import add_user
from tests.cast import ADA, BEN, Backend

HERE = BrowserInfo("Firefox", "192.0.2.1")
PASSWORD = "correct horse battery"  # of a test
ANOTHER = PasswordHash("another")  # its hash is never compared
BOX = BrowserBox.for_purpose(b"k" * 32, "console")
IDENTITY = VerifiedIdentity("https://login.example.com", "ben", BEN.name)


def change_password(ctx: Ctx, user_id: str) -> None:
    ctx.actor = BEN
    account.change_password(ctx, user_id, ANOTHER)


def accept_link(ctx: Ctx, user_id: str) -> None:
    link = administration.new_link(ctx, user_id).link
    one_time_links.accept_invitation(ctx, link.secret, ANOTHER)


def code_of(ctx: Ctx, user_id: str) -> str:
    pending = second_factor.pending_enrolment(ctx, user_id, BOX, issuer="Fyr")
    return pyotp.TOTP(pending.letters).at(int(ctx.now.timestamp()))


def switch_factor_on(ctx: Ctx, user_id: str) -> None:
    second_factor.start(ctx, user_id, BOX)
    second_factor.confirm(ctx, user_id, code_of(ctx, user_id), BOX)


def reset_factor(ctx: Ctx, user_id: str) -> None:
    second_factor.start(ctx, user_id, BOX)
    administration.reset_second_factor(ctx, user_id)


CHANGES: dict[str, Callable[[Ctx, str], object]] = {
    "the password changes": change_password,
    "a reset link is used": accept_link,
    "the role changes": lambda ctx, user: administration.update_user(ctx, user, role=Role.ADMIN),
    "the role changes at the provider": lambda ctx, _: single_sign_on.sign_in(
        ctx, IDENTITY, Role.VIEWER
    ),
    "the user is deactivated": lambda ctx, user: administration.update_user(
        ctx, user, disabled=True
    ),
    "the second factor is switched on": switch_factor_on,
    "the second factor is reset": reset_factor,
    "single sign-on is unlinked": administration.forget_identity,
}


def add_ben(backend: Backend) -> str:
    with backend.writing(SHELL) as ctx:
        ben = add_user(ctx, BEN.name, Role.EDITOR, password=hashed(PASSWORD, email=BEN.name))
        single_sign_on.sign_in(ctx, IDENTITY, Role.EDITOR)
    return ben.id


def verified(backend: Backend) -> VerifiedUser:
    with backend.reading() as ctx:
        found = stored_password_for_sign_in(ctx, BEN.name).verify(PASSWORD)
    assert found is not None
    return found


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_of_access_ends_every_session_and_every_link(
    backend: Backend, change: Callable[[Ctx, str], object]
) -> None:
    ben = add_ben(backend)
    with backend.writing(ADA) as ctx:
        ada = add_user(ctx, ADA.name, Role.ADMIN, password=hashed(PASSWORD, email=ADA.name))
        secrets = [sessions.begin(ctx, ben, HERE, days=14).secret for _ in range(3)]
        hers = sessions.begin(ctx, ada.id, HERE, days=14).secret
        administration.new_link(ctx, ben)
    with backend.writing(ADA) as ctx:
        change(ctx, ben)
    with backend.reading() as ctx:
        assert [sessions.session_of(ctx, each) for each in secrets] == [None] * 3
        assert sessions.session_of(ctx, hers) is not None
        assert ctx.session.exec(select(OneTimeLinkRow)).all() == []


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_sign_in_that_began_before_the_change_does_not_end_in_a_session(
    backend: Backend, change: Callable[[Ctx, str], object]
) -> None:
    ben = add_ben(backend)
    before = verified(backend)
    with backend.writing(ADA) as ctx:
        add_user(ctx, ADA.name, Role.ADMIN, password=hashed(PASSWORD, email=ADA.name))
        change(ctx, ben)
    with backend.writing() as ctx, pytest.raises(UnauthenticatedError):
        sessions.begin(ctx, before, HERE, days=14)
    with backend.writing() as ctx, pytest.raises(NotFoundError):
        one_time_links.second_factor_link(ctx, before)
    with backend.reading() as ctx:
        assert ctx.session.exec(select(StaffSessionRow)).all() == []


def test_a_half_way_sign_in_and_a_pending_second_factor_end_with_the_password(
    backend: Backend,
) -> None:
    ben = add_ben(backend)
    with backend.writing(BEN) as ctx:
        switch_factor_on(ctx, ben)
    half_way = verified(backend)
    with backend.writing() as ctx:
        link = one_time_links.second_factor_link(ctx, half_way)
    assert link is not None
    with backend.writing(BEN) as ctx:
        change_password(ctx, ben)
    with backend.writing() as ctx, pytest.raises(NotFoundError):
        one_time_links.use_second_factor_link(ctx, link.secret)


def test_what_changes_nothing_ends_nothing(backend: Backend) -> None:
    ben = add_ben(backend)
    with backend.writing(ADA) as ctx:
        secret = sessions.begin(ctx, ben, HERE, days=14).secret
    with backend.writing(ADA) as ctx:
        administration.update_user(ctx, ben, role=Role.EDITOR, disabled=False)
        second_factor.remove(ctx, ben)
        single_sign_on.sign_in(ctx, IDENTITY, Role.EDITOR)
    with backend.reading() as ctx:
        assert sessions.session_of(ctx, secret) is not None


def test_each_change_is_an_event_that_names_another_person_who_made_it(backend: Backend) -> None:
    ben = add_ben(backend)
    with backend.writing(BEN) as ctx:
        change_password(ctx, ben)
        switch_factor_on(ctx, ben)
    backend.clock.forward(minutes=1)
    with backend.writing(ADA) as ctx:
        administration.reset_second_factor(ctx, ben)
        administration.new_link(ctx, ben)
        administration.update_user(ctx, ben, role=Role.VIEWER)
    with backend.reading() as ctx:
        events = security_events.list_events(ctx, ben)
    assert [(each.kind, each.by) for each in events] == [
        (SecurityEventKind.ROLE_CHANGED, ADA.name),
        (SecurityEventKind.LINK_CREATED, ADA.name),
        (SecurityEventKind.SECOND_FACTOR_OFF, ADA.name),
        (SecurityEventKind.SECOND_FACTOR_ON, None),
        (SecurityEventKind.PASSWORD_CHANGED, None),
        (SecurityEventKind.IDENTITY_LINKED, None),
    ]


def test_events_are_for_the_user_and_for_admins_and_end_after_ninety_days(backend: Backend) -> None:
    ben = add_ben(backend)
    with backend.writing(BEN) as ctx:
        assert len(security_events.unseen_events(ctx, ben)) == 1
        security_events.mark_seen(ctx, ben, ctx.now)
        assert security_events.unseen_events(ctx, ben) == ()
    backend.clock.forward(days=91)
    with backend.writing() as ctx:
        sessions.delete_expired(ctx)
        assert security_events.list_events(ctx, ben) == ()
