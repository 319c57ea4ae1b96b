"""Staff at the console: signed in, sending forms as a browser does."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

import httpx
from argon2 import PasswordHasher
from lxml import html
from sqlmodel import select

from app.db.queries.users.users import find_user
from app.db.tables import UserRow
from app.domain.permissions import Role
from app.usecases.context import SHELL, Ctx
from app.usecases.users.sessions import BrowserInfo, begin
from app.usecases.users.users import add_user
from tests.cast import ADA, BASE_URL, BEN, CY, Installation, Person

__all__ = [
    "COOKIE",
    "NAMES",
    "PASSWORD",
    "Staff",
    "approve",
    "cookie_of",
    "give_password",
    "send",
    "staff",
]

COOKIE = "__Host-fyr"
PASSWORD = "correct horse battery"  # of a test
NAMES = {Role.ADMIN: ADA.name, Role.EDITOR: BEN.name, Role.VIEWER: CY.name}

# How much work a password is stands in its hash: this one is compared at once.
_QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
_CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36"


class Staff(Person):
    """A member of staff who is signed in to the console."""

    def __init__(self, installation: Installation, role: Role, user_id: str, secret: str) -> None:
        super().__init__(installation.app, {"Cookie": f"{COOKIE}={secret}"})
        self.role = role
        self.user_id = user_id
        self.secret = secret

    def send(
        self, path: str, fields: Mapping[str, str | Iterable[str]] | None = None
    ) -> httpx.Response:
        """Send a form from one of our own pages."""
        return send(self, path, fields)

    def confirm(
        self, path: str, fields: Mapping[str, str | Iterable[str]] | None = None
    ) -> httpx.Response:
        """Send a form that has to be confirmed, and confirm it: press the button that is shown."""
        asked = self.send(path, fields)
        assert asked.status_code == 200, asked.status_code
        page: Any = html.document_fromstring(asked.text)  # lxml-stubs do not know `forms`
        (form,) = (each for each in page.forms if each.fields.get("confirmed") == "yes")
        assert form.action == path
        sent: dict[str, list[str]] = {}
        for name, value in form.form_values():
            sent.setdefault(name, []).append(value)
        return self.send(path, sent)


def approve(person: Staff, address: str) -> httpx.Response:
    """Read a pending text at its address, and approve what was read."""
    found = re.search(r'name="seen" value="([^"]*)"', person.get(address).text)
    return person.send(f"{address}/approve", {"seen": found[1] if found else ""})


def staff(installation: Installation, role: Role) -> Staff:
    """Ada, Ben or Cy in a browser of their own; the account is made when it is first needed."""
    with installation.writing(SHELL) as ctx:
        user_id = _ids(installation).get(role)
        if user_id is None:
            found = find_user(ctx.session, NAMES[role])
            user_id = found.public_id if found else add_user(ctx, NAMES[role], role).id
            _ids(installation)[role] = user_id
        fresh = begin(ctx, user_id, BrowserInfo(_CHROME, "192.0.2.7"), days=14)
    return Staff(installation, role, user_id, fresh.secret)


def give_password(ctx: Ctx, user_id: str) -> None:
    """Let this user have PASSWORD, as if it had been chosen long ago."""
    row = ctx.session.exec(select(UserRow).where(UserRow.public_id == user_id)).one()
    row.password_hash = _QUICK


def _ids(installation: Installation) -> dict[Role, str]:
    ids: dict[Role, str] = installation.app.state.__dict__.setdefault("_staff_of_tests", {})
    return ids


def send(
    person: Person, path: str, fields: Mapping[str, str | Iterable[str]] | None = None
) -> httpx.Response:
    """Send a form as a browser does from one of our own pages."""
    return person.ask(
        "POST",
        path,
        content=urlencode(fields or {}, doseq=True),
        headers={
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": BASE_URL,
            "Sec-Fetch-Site": "same-origin",
        },
    )


def cookie_of(answer: httpx.Response, name: str = COOKIE) -> str | None:
    """What an answer gives the browser to keep under this name."""
    for each in answer.headers.get_list("set-cookie"):
        begin_, _, value = each.partition("=")
        if begin_ == name:
            return value.partition(";")[0]
    return None
