"""Sign-in threads: how many attempts to sign in compete with the event loop."""

import asyncio
import threading

import httpx
import pytest

from app.web.console.sign_in import password
from app.web.console.sign_in.threads import run_in_sign_in_page_thread, run_in_sign_in_thread
from tests.cast import BASE_URL, Installation


@pytest.mark.anyio
async def test_two_attempts_run_at_a_time_and_the_others_wait() -> None:
    leave, started, lock = threading.Event(), asyncio.Semaphore(0), threading.Lock()
    loop = asyncio.get_running_loop()
    running = most = 0

    def work(number: int) -> int:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        loop.call_soon_threadsafe(started.release)
        leave.wait()
        with lock:
            running -= 1
        return number

    waiting = [asyncio.create_task(run_in_sign_in_thread(work, each)) for each in range(20)]
    await started.acquire()
    await started.acquire()
    leave.set()
    assert await asyncio.gather(*waiting) == list(range(20))
    assert most == 2


@pytest.mark.anyio
async def test_an_attempt_does_not_wait_for_sign_in_pages(installation: Installation) -> None:
    leave = threading.Event()
    pages = [asyncio.create_task(run_in_sign_in_page_thread(leave.wait)) for _ in range(9)]
    transport = httpx.ASGITransport(installation.app)
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        page = asyncio.create_task(client.get("/console/login"))
        await run_in_sign_in_thread(lambda: None)
        assert not page.done()
        leave.set()
        assert (await page).status_code == 200
    await asyncio.gather(*pages)


@pytest.mark.anyio
async def test_attempts_to_sign_in_are_counted_in_sign_in_threads(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: list[str] = []
    count = password._count_attempt

    def counted(*arguments: object) -> object:
        names.append(threading.current_thread().name)
        return count(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(password, "_count_attempt", counted)
    transport = httpx.ASGITransport(installation.app)
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        form = {"email": "nobody@example.com", "password": "wrong one"}
        headers = {"Origin": BASE_URL, "Sec-Fetch-Site": "same-origin"}
        answer = await client.post("/console/login", data=form, headers=headers)
    assert answer.status_code == 401
    assert [name.rpartition("_")[0] for name in names] == ["fyr-sign-in"]
