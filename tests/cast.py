"""The people of the tests: Ada (admin), Ben (editor), Cy (viewer), Vera (visitor), Mona (monitor).

`Installation` is an application with a database of its own, called in this process.
"""

import asyncio
import json as jsons
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from app.cli.processes.import_run import execute
from app.db.engine import make_engine
from app.db.queries.users import users
from app.db.tables import TokenRow
from app.domain.ownership import ActorKind
from app.domain.permissions import Role
from app.main import create_app
from app.settings import Settings, load_settings
from app.usecases.context import SHELL, Actor, Ctx, new_id
from app.usecases.database import Database
from app.usecases.secret_tokens import digest, fresh_secret
from app.usecases.users import sessions
from app.usecases.users.sessions import BrowserInfo
from app.usecases.users.users import add_user
from app.web.intake.sns_certificates import Roots, amazon_roots
from app.web.intake.sns_signatures import Fetch
from tests.fakes import FixedClock

__all__ = [
    "ADA",
    "BASE_URL",
    "BEN",
    "CY",
    "MONA",
    "Backend",
    "Installation",
    "Person",
    "open_backend",
    "open_installation",
]

BASE_URL = "https://status.example.com"

ADA = Actor(ActorKind.USER, "ada@example.com", Role.ADMIN)
BEN = Actor(ActorKind.USER, "ben@example.com", Role.EDITOR)
CY = Actor(ActorKind.USER, "cy@example.com", Role.VIEWER)
MONA = Actor(ActorKind.SOURCE, "mona")


class Person:
    """An HTTP client with the credentials of one person; each request has its own event loop."""

    def __init__(self, app: FastAPI, headers: Mapping[str, str]) -> None:
        self._app = app
        self.headers = dict(headers)

    def get(self, path: str, **more: Any) -> httpx.Response:  # noqa: ANN401
        return self.ask("GET", path, **more)

    def post(self, path: str, json: object = None, **more: Any) -> httpx.Response:  # noqa: ANN401
        return self.ask("POST", path, json=json, **more)

    def put(self, path: str, json: object = None, **more: Any) -> httpx.Response:  # noqa: ANN401
        return self.ask("PUT", path, json=json, **more)

    def patch(self, path: str, json: object = None, **more: Any) -> httpx.Response:  # noqa: ANN401
        return self.ask("PATCH", path, json=json, **more)

    def delete(self, path: str, **more: Any) -> httpx.Response:  # noqa: ANN401
        return self.ask("DELETE", path, **more)

    def ask(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        headers: Mapping[str, str] | None = None,
        **more: Any,  # noqa: ANN401  # as httpx takes it
    ) -> httpx.Response:
        """Send one request; a path that is not a full URL is relative to BASE_URL."""
        every = {**self.headers, **(headers or {})}
        if json is not None:
            more["content"] = jsons.dumps(json)
            every.setdefault("Content-Type", "application/json")
        return asyncio.run(self._asked(method, path, headers=every, **more))

    async def _asked(self, method: str, path: str, **more: Any) -> httpx.Response:  # noqa: ANN401
        transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
        # Encoded here: httpx refuses characters that a real client can send.
        headers = [(name, value.encode("latin-1")) for name, value in more.pop("headers").items()]
        async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
            return await client.request(method, path, headers=headers, **more)


class Backend:
    """A migrated database and a clock, without HTTP."""

    def __init__(self, database: Database, clock: FixedClock) -> None:
        self.database = database
        self.clock = clock

    @contextmanager
    def writing(self, actor: Actor = ADA) -> Iterator[Ctx]:
        """A write transaction of `actor`, committed at the end."""
        with self.database.writing(actor) as ctx:
            yield ctx

    @contextmanager
    def reading(self, actor: Actor = ADA) -> Iterator[Ctx]:
        """A read transaction of `actor`."""
        with self.database.reading(actor) as ctx:
            yield ctx


class Installation(Backend):
    """The application, its database and clock, and an HTTP client for each role.

    An import runs in the request that starts it, without a process.
    """

    def __init__(
        self,
        settings: Settings,
        clock: FixedClock,
        *,
        fetch: Fetch | None = None,
        sns_roots: Roots = amazon_roots,
    ) -> None:
        self.settings = settings
        self.app = create_app(
            settings,
            clock=clock,
            fetch=fetch,
            sns_roots=sns_roots,
            start_import=lambda run_id: execute(self.database, settings, run_id),
        )
        super().__init__(self.app.state.fyr.database, clock)
        self.vera = Person(self.app, {})

    @cached_property
    def tokens(self) -> dict[Role, str]:
        """The secret of a token of each role, stored at the first use: half the time to open.

        That is a transaction of its own, which leaves no entry in the audit log.
        """
        made = {role: f"fyr_{fresh_secret()}" for role in Role}
        with self.database.writing(SHELL) as ctx:
            for role, secret in made.items():
                row = TokenRow(
                    public_id=new_id(),
                    name=role.value,
                    role=role.value,
                    token_hash=digest(secret),
                    created_at=ctx.now,
                    expires_at=ctx.now + timedelta(days=3650),
                )
                ctx.session.add(row)
        return made

    @cached_property
    def ada(self) -> Person:
        return self._person(Role.ADMIN)

    @cached_property
    def ben(self) -> Person:
        return self._person(Role.EDITOR)

    @cached_property
    def cy(self) -> Person:
        return self._person(Role.VIEWER)

    def sign_in_ada(self) -> str:
        """Sign in Ada, who from now on owns the admin's token, to the console; her user id.

        The API requires this of a token before it gives somebody access.
        """
        token = digest(self.tokens[Role.ADMIN])
        with self.database.writing(SHELL) as ctx:
            found = users.find_user(ctx.session, ADA.name)
            ada = found.public_id if found else add_user(ctx, ADA.name, Role.ADMIN).id
            row, _ = users.token_by_hash(ctx.session, token) or (None, 0)
            owner = users.find_user_by_id(ctx.session, ada)
            assert row is not None
            assert owner is not None
            row.owner_id = owner.id
            sessions.begin(ctx, ada, BrowserInfo("", ""), days=14)
        return ada

    def _person(self, role: Role) -> Person:
        return Person(self.app, {"Authorization": f"Bearer {self.tokens[role]}"})


@contextmanager
def open_backend(database_url: str) -> Iterator[Backend]:
    """A backend on a migrated database."""
    clock = FixedClock()
    backend = Backend(Database(make_engine(database_url), clock), clock)
    try:
        yield backend
    finally:
        backend.database.close()


@contextmanager
def open_installation(
    database_url: str, folder: Path, **settings: object
) -> Iterator[Installation]:
    """An installation on a migrated database, with its data directory in `folder`."""
    given = {"database_url": database_url, "data_dir": folder, "base_url": BASE_URL}
    # A clock that stands still counts all requests of a test in one minute.
    given |= {"api_rate": 100_000, **settings}
    installation = Installation(load_settings(_env_file=None, **given), FixedClock())
    try:
        yield installation
    finally:
        installation.database.close()
