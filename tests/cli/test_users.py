"""`fyr user` sets up staff members, and takes their access away, without the console."""

import re
from collections.abc import Iterator

import pytest

from app.db.engine import make_engine
from app.domain.audit import AuditFilter
from app.domain.permissions import Role
from app.usecases import audit
from app.usecases.context import SHELL
from app.usecases.database import Database
from app.usecases.users import administration, api_tokens, sessions
from app.usecases.users.passwords.stored_passwords import stored_password_for_sign_in
from app.usecases.users.sessions import BrowserInfo
from tests.cli.program import Fyr

PASSWORD = "correct horse battery"


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    opened = Database(make_engine(sqlite_url))
    yield opened
    opened.close()


@pytest.fixture
def _ada(fyr: Fyr) -> None:
    """Ada, an admin with a password."""
    add = ("user", "add", "ada@example.com", "--role", "admin", "--password-stdin")
    assert fyr(*add, stdin=f"{PASSWORD}\n").code == 0


def add_editor(fyr: Fyr) -> None:
    add = ("user", "add", "ben@example.com", "--role", "editor", "--password-stdin")
    assert fyr(*add, stdin=f"{PASSWORD}\n").code == 0


def knows(database: Database, email: str, password: str) -> bool:
    with database.reading(SHELL) as ctx:
        return stored_password_for_sign_in(ctx, email).verify(password) is not None


def actions(database: Database) -> list[str]:
    with database.reading(SHELL) as ctx:
        found = audit.list_entries(ctx, AuditFilter(), cursor=None, limit=10)
    return [entry.action for entry in found.items]


def test_without_a_password_a_link_for_choosing_one_is_printed(fyr: Fyr) -> None:
    done = fyr("user", "add", "Ada@Example.com", "--role", "admin")
    first, *_, link = done.out.splitlines()
    assert (done.code, done.err, first) == (0, "", "ada@example.com is admin now.")
    assert re.fullmatch(r"http://127\.0\.0\.1:8000/console/invitation/\S{20,}", link)


def test_with_a_password_no_link_is_printed(fyr: Fyr) -> None:
    done = fyr("user", "add", "ada@example.com", "--password-stdin", stdin=f"{PASSWORD}\n")
    assert done.out == "ada@example.com is viewer now.\n"


def test_the_link_is_in_no_audit_entry(fyr: Fyr, database: Database) -> None:
    link = fyr("user", "add", "ada@example.com").out.splitlines()[-1]
    with database.reading(SHELL) as ctx:
        entries = audit.list_entries(ctx, AuditFilter(), cursor=None, limit=10).items
    assert link.rpartition("/")[2] not in repr(entries)


@pytest.mark.usefixtures("_ada")
def test_users_are_listed_with_role_and_state(fyr: Fyr) -> None:
    add_editor(fyr)
    fyr("user", "disable", "ben@example.com")
    lines = [line.split("\t")[1:] for line in fyr("user", "list").out.splitlines()]
    assert lines == [
        ["admin", "active", "-", "ada@example.com"],
        ["editor", "disabled", "-", "ben@example.com"],
    ]


@pytest.mark.usefixtures("_ada")
def test_a_new_password_replaces_the_former_one(fyr: Fyr, database: Database) -> None:
    done = fyr("user", "passwd", "ADA@example.com", stdin="another horse entirely\n")
    assert (done.code, done.out) == (0, "ada@example.com has a new password.\n")
    assert knows(database, "ada@example.com", "another horse entirely")
    assert not knows(database, "ada@example.com", PASSWORD)
    assert actions(database)[0] == "user.password"


@pytest.mark.usefixtures("_ada")
def test_a_new_password_ends_the_sessions_of_the_user(fyr: Fyr, database: Database) -> None:
    with database.writing(SHELL) as ctx:
        ada = administration.find_by_email(ctx, "ada@example.com")
        sessions.begin(ctx, ada.id, BrowserInfo("", ""), days=14)
    fyr("user", "passwd", "ada@example.com", stdin="another horse entirely\n")
    with database.reading(SHELL) as ctx:
        assert sessions.list_sessions(ctx, ada.id) == ()


@pytest.mark.usefixtures("_ada")
@pytest.mark.parametrize("password", ["", "short", "ada@example.com1", "passwordpassword"])
def test_a_password_that_is_too_weak_changes_nothing(
    fyr: Fyr, database: Database, password: str
) -> None:
    done = fyr("user", "passwd", "ada@example.com", stdin=f"{password}\n")
    assert (done.code, done.out) == (1, "")
    assert not password or password not in done.err.replace("ada@example.com", "")
    assert knows(database, "ada@example.com", PASSWORD)


@pytest.mark.usefixtures("_ada")
def test_another_role_is_given(fyr: Fyr, database: Database) -> None:
    add_editor(fyr)
    assert (
        fyr("user", "role", "ben@example.com", "viewer").out == "ben@example.com is viewer now.\n"
    )
    with database.reading(SHELL) as ctx:
        assert administration.find_by_email(ctx, "ben@example.com").role is Role.VIEWER


@pytest.mark.usefixtures("_ada")
def test_a_disabled_user_can_neither_sign_in_nor_use_a_token(fyr: Fyr, database: Database) -> None:
    add_editor(fyr)
    secret = fyr("token", "add", "ci", "--owner", "ben@example.com").out.strip()
    assert fyr("user", "disable", "ben@example.com").out == "ben@example.com is disabled now.\n"
    assert not knows(database, "ben@example.com", PASSWORD)
    with database.reading(SHELL) as ctx, pytest.raises(Exception, match="token"):
        api_tokens.actor_of(ctx, secret)


@pytest.mark.usefixtures("_ada")
def test_an_enabled_user_can_sign_in_again(fyr: Fyr, database: Database) -> None:
    add_editor(fyr)
    fyr("user", "disable", "ben@example.com")
    assert fyr("user", "enable", "ben@example.com").code == 0
    assert knows(database, "ben@example.com", PASSWORD)


@pytest.mark.usefixtures("_ada")
@pytest.mark.parametrize("command", [("disable",), ("role", "viewer")])
def test_the_last_admin_stays(fyr: Fyr, command: tuple[str, ...]) -> None:
    verb, *rest = command
    done = fyr("user", verb, "ada@example.com", *rest)
    assert (done.code, "last admin" in done.err) == (1, True)


@pytest.mark.parametrize("command", [("passwd",), ("disable",), ("enable",), ("role", "viewer")])
def test_an_unknown_user_is_refused(fyr: Fyr, command: tuple[str, ...]) -> None:
    verb, *rest = command
    done = fyr("user", verb, "eve@example.com", *rest, stdin=f"{PASSWORD}\n")
    assert (done.code, done.out, done.err) == (1, "", "fyr: There is no such user.\n")
