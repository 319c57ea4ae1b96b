"""Sign-ins that wait for a hashing slot: they are bounded, and hold up no other request."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import anyio.to_thread
import httpx
import pytest
from argon2.exceptions import VerifyMismatchError

from app.domain.permissions import Role
from app.usecases.users.passwords import hashing_slots, passwords
from tests.cast import BASE_URL, Installation, open_installation
from tests.console import COOKIE, staff

_FORM = {
    "Content-Type": "application/x-www-form-urlencoded",
    "Origin": BASE_URL,
    "Sec-Fetch-Site": "same-origin",
}
_RUNNING, _WAITING = 4, 24


class SlowHasher:
    """A hasher that compares a password when the test lets it, and finds it wrong."""

    def __init__(self) -> None:
        self.go_on = threading.Event()

    def verify(self, _password_hash: str, _password: str) -> bool:
        self.go_on.wait()
        raise VerifyMismatchError


@pytest.fixture
def hasher(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowHasher]:
    slow = SlowHasher()
    monkeypatch.setattr(passwords, "_HASHER", slow)
    # On a busy machine the test takes longer than a request may wait.
    monkeypatch.setattr(hashing_slots._PROCESS_SLOTS, "_seconds", 600.0)
    yield slow
    slow.go_on.set()


@pytest.fixture
def installation(sqlite_url: str, tmp_path: Path) -> Iterator[Installation]:
    with open_installation(sqlite_url, tmp_path) as opened:
        yield opened


async def _send(client: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    return await client.post(path, content=urlencode(fields), headers=_FORM)


async def _sign_in(client: httpx.AsyncClient, number: int) -> httpx.Response:
    email = f"nobody{number}@example.com"
    return await _send(client, "/console/login", email=email, password="wrong one")


@pytest.mark.anyio
async def test_sign_ins_that_wait_hold_no_thread_of_other_requests(
    installation: Installation, hasher: SlowHasher
) -> None:
    # Two more threads than hashes that run: with a thread for each that waits, none would be left.
    anyio.to_thread.current_default_thread_limiter().total_tokens = _RUNNING + 2
    ben = await asyncio.to_thread(staff, installation, Role.EDITOR)
    transport = httpx.ASGITransport(installation.app)
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        sent = [
            asyncio.create_task(_sign_in(client, each)) for each in range(_RUNNING + _WAITING + 1)
        ]
        done, waiting = await asyncio.wait(sent, return_when=asyncio.FIRST_COMPLETED)
        assert [each.result().status_code for each in done] == [503]
        assert done.pop().result().headers["retry-after"]
        assert len(waiting) == _RUNNING + _WAITING
        assert (await client.get("/console/login")).status_code == 200
        client.cookies.set(COOKIE, ben.secret)
        for path in (
            *("/console/account/password", "/console/account/second-factor/off"),
            *("/console/welcome/secret", "/console/invitation/secret"),
        ):
            answer = await _send(client, path, present="x", new="y", password="z")
            assert answer.status_code == 503, path
        assert (await client.get("/console/account")).status_code == 200
        hasher.go_on.set()
        answers = await asyncio.gather(*waiting)
    assert [each.status_code for each in answers] == [401] * (_RUNNING + _WAITING)
