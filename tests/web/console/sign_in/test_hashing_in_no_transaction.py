"""While a password is hashed or compared, no transaction is open: others write meanwhile."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

import httpx
import pytest
from argon2 import PasswordHasher
from sqlalchemy import Connection, Engine, event

from app.domain.permissions import Role
from app.usecases.context import SHELL
from app.usecases.users import administration, one_time_links
from app.usecases.users.passwords import passwords
from tests.cast import Installation, Person
from tests.cli.program import program
from tests.console import PASSWORD, Staff, give_password, send, staff

ANOTHER = "violet ladder crumb engine"


class Transactions:
    """The transactions that are open in this process, of all engines."""

    def __init__(self) -> None:
        self.open: set[int] = set()

    def begin(self, connection: Connection) -> None:
        self.open.add(id(connection.connection.dbapi_connection))

    def end(self, connection: Connection) -> None:
        self.open.discard(id(connection.connection.dbapi_connection))

    @contextmanager
    def watched(self) -> Iterator[None]:
        handlers = {"begin": self.begin, "commit": self.end, "rollback": self.end}
        for name, handler in handlers.items():
            event.listen(Engine, name, handler)
        try:
            yield
        finally:
            for name, handler in handlers.items():
                event.remove(Engine, name, handler)


class WatchingHasher(PasswordHasher):
    """A hasher that notes how many transactions are open when it is used."""

    def __init__(self, transactions: Transactions) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.transactions = transactions
        self.seen: list[int] = []

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        self.seen.append(len(self.transactions.open))
        return super().hash(password, salt=salt)

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        self.seen.append(len(self.transactions.open))
        return super().verify(hash, password)


@pytest.fixture
def hasher(monkeypatch: pytest.MonkeyPatch) -> Iterator[WatchingHasher]:
    transactions = Transactions()
    made = WatchingHasher(transactions)
    # As conftest does for all tests: the hasher is slow on purpose.
    monkeypatch.setattr(passwords, "_HASHER", made)
    with transactions.watched():
        yield made


def first_admin(installation: Installation) -> httpx.Response:
    with installation.writing(SHELL) as ctx:
        link = one_time_links.first_admin_link(ctx)
    assert link is not None
    fields = {"email": "eve@example.com", "password": PASSWORD}
    return send(installation.vera, f"/console/welcome/{link.secret}", fields)


def invitation(installation: Installation) -> httpx.Response:
    with installation.writing(SHELL) as ctx:
        link = administration.invite(ctx, "eve@example.com", Role.EDITOR).link
    return send(installation.vera, f"/console/invitation/{link.secret}", {"password": PASSWORD})


def with_password(installation: Installation) -> Staff:
    ben = staff(installation, Role.EDITOR)
    with installation.writing(SHELL) as ctx:
        give_password(ctx, ben.user_id)
    return ben


def sign_in(installation: Installation) -> httpx.Response:
    with_password(installation)
    fields = {"email": "ben@example.com", "password": PASSWORD}
    return send(Person(installation.app, {}), "/console/login", fields)


def new_password(installation: Installation) -> httpx.Response:
    fields = {"present": PASSWORD, "new": ANOTHER}
    return with_password(installation).send("/console/account/password", fields)


def second_factor(installation: Installation) -> httpx.Response:
    fields = {"present": PASSWORD}
    return with_password(installation).send("/console/account/second-factor/off", fields)


# Each way to a password, and how many hashes it takes.
WAYS: dict[str, tuple[Callable[[Installation], httpx.Response], int]] = {
    "the first admin": (first_admin, 1),
    "an invitation": (invitation, 1),
    "a sign-in": (sign_in, 1),
    "a new password": (new_password, 2),
    "the second factor": (second_factor, 1),
}


@pytest.mark.parametrize("way", WAYS)
def test_no_transaction_is_open_while_hashing(
    installation: Installation, hasher: WatchingHasher, way: str
) -> None:
    act, hashes = WAYS[way]
    assert act(installation).status_code == 303
    assert hasher.seen == [0] * hashes


def test_the_command_line_hashes_in_no_transaction_too(
    hasher: WatchingHasher,
    sqlite_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("FYR_DATABASE_URL", sqlite_url)
    fyr = program(monkeypatch, capsys)
    done = fyr("user", "add", "ada@example.com", "--password-stdin", stdin=f"{PASSWORD}\n")
    assert done.code == 0
    assert hasher.seen == [0]


def test_a_password_that_changed_while_the_present_one_was_checked_stays(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben = with_password(installation)

    class Slow(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
            right = super().verify(hash, password)
            with installation.writing(SHELL) as ctx:
                link = administration.new_link(ctx, ben.user_id).link
                new = passwords.hashed("granite velvet otter", email="ben@example.com")
                one_time_links.accept_invitation(ctx, link.secret, new)
            return right

    monkeypatch.setattr(passwords, "_HASHER", Slow(time_cost=1, memory_cost=8, parallelism=1))
    fields = {"present": PASSWORD, "new": ANOTHER}
    answer = ben.send("/console/account/password", fields)
    assert answer.status_code == 401
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(1, 8, 1))
    for password, status in ((ANOTHER, 401), ("granite velvet otter", 303)):
        form = {"email": "ben@example.com", "password": password}
        assert send(Person(installation.app, {}), "/console/login", form).status_code == status
