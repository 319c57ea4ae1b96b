import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.cast import BASE_URL, Installation, open_installation
from tests.factories import make_incident


def test_a_page_may_be_cached_briefly_and_shown_while_the_server_is_away(
    installation: Installation,
) -> None:
    assert installation.vera.get("/").headers["Cache-Control"] == (
        "public, max-age=10, s-maxage=30, stale-while-revalidate=60, stale-if-error=86400"
    )


def test_who_has_the_page_already_gets_no_body(installation: Installation) -> None:
    etag = installation.vera.get("/sv/").headers["ETag"]
    again = installation.vera.get("/sv/", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == etag
    assert "Cache-Control" in again.headers
    assert "Vary" in again.headers


@pytest.mark.parametrize("known", ['"other", W/{}', "*", "{} , x"])
def test_validators_may_come_in_a_list_or_weakened(installation: Installation, known: str) -> None:
    etag = installation.vera.get("/").headers["ETag"]
    headers = {"If-None-Match": known.format(etag)}
    assert installation.vera.get("/", headers=headers).status_code == 304


@pytest.mark.parametrize("known", ["", '"other"', "garbage", '"' * 5000])
def test_an_unknown_validator_gets_the_page(installation: Installation, known: str) -> None:
    assert installation.vera.get("/", headers={"If-None-Match": known}).status_code == 200


def test_a_visible_change_changes_the_validator(own_installation: Installation) -> None:
    etag = own_installation.vera.get("/").headers["ETag"]
    with own_installation.writing() as ctx:
        make_incident(ctx)
    assert own_installation.vera.get("/", headers={"If-None-Match": etag}).status_code == 200


def test_languages_have_validators_of_their_own(installation: Installation) -> None:
    assert (
        installation.vera.get("/sv/").headers["ETag"]
        != installation.vera.get("/en/").headers["ETag"]
    )


def test_who_takes_gzip_gets_it(installation: Installation) -> None:
    plain = installation.vera.get("/", headers={"Accept-Encoding": "identity"})
    zipped = installation.vera.get("/", headers={"Accept-Encoding": "gzip;q=0.8, *;q=0"})
    assert "Content-Encoding" not in plain.headers
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert zipped.content == plain.content
    assert zipped.headers["ETag"] != plain.headers["ETag"]
    assert int(zipped.headers["Content-Length"]) < len(plain.content) / 2
    assert "Accept-Encoding" in zipped.headers["Vary"]


@pytest.mark.parametrize("refusal", ["gzip;q=0", "gzip; q=0.000", "deflate", "x" * 5000])
def test_who_refuses_gzip_does_not(installation: Installation, refusal: str) -> None:
    answer = installation.vera.get("/", headers={"Accept-Encoding": refusal})
    assert "Content-Encoding" not in answer.headers


@pytest.mark.anyio
async def test_a_page_that_is_not_in_memory_does_not_wait_for_events_that_are_stored(
    sqlite_url: str, tmp_path: Path
) -> None:
    leave = threading.Event()
    with ThreadPoolExecutor(1) as storing:
        asyncio.get_running_loop().set_default_executor(storing)
        with open_installation(sqlite_url, tmp_path) as installation:
            event = asyncio.create_task(asyncio.to_thread(leave.wait))
            await asyncio.sleep(0)
            transport = httpx.ASGITransport(installation.app)
            try:
                async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
                    page = await asyncio.wait_for(client.get("/en/history"), 60)
            finally:
                leave.set()
            assert page.status_code == 200
            await event
