"""Faults of the database: visitors see a notice, staff and programs get an error that says what
happened, the worker waits, and all recover. Each fault is a real one.
"""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from app.db.migrate import upgrade
from app.domain.errors import UnavailableError
from app.domain.permissions import Role
from app.i18n.catalogues.catalogs import console_translations
from app.monitors import ADAPTERS
from app.rendering.console.error_messages import translated_message
from app.usecases.sources.processor import Processor
from app.worker.loop import repeat
from app.worker.scheduled import ScheduledJobs
from tests.cast import BASE_URL
from tests.console import Staff, staff
from tests.factories import make_incident
from tests.fakes import fake_hashes
from tests.web.page_cache import faults
from tests.web.page_cache.cluster import Proxy, own_cluster
from tests.web.page_cache.conftest import Watched, eventually, installation_with_refresher
from tests.web.page_cache.faults import Fault

TITLE = "Invoices are late"
NEW = {"slug": "payments", "name": "Payments"}
TYPED = "What Ada has typed"


@dataclass(frozen=True, slots=True)
class Ready:
    """An installation with an incident, the tokens of its sources, and a signed-in admin."""

    watched: Watched
    tokens: Mapping[str, str]
    ada: Staff


def begin(watched: Watched) -> Ready:
    with watched.installation.writing() as ctx:
        make_incident(ctx, title=TITLE)
    tokens = {}
    for kind in ("generic", "opsgenie", "pagerduty-events"):
        made = watched.installation.ada.post("/api/v1/sources", {"kind": kind, "name": kind}).json()
        tokens[kind] = made["hook_url"].removeprefix(BASE_URL).rpartition("/")[2]
    assert watched.installation.vera.post(f"/hooks/{tokens['generic']}", {}).status_code == 202
    return Ready(watched, tokens, staff(watched.installation, Role.ADMIN))


def see_the_page(watched: Watched) -> httpx.Response:
    answer = watched.vera.get("/en/")
    assert answer.status_code == 200
    assert TITLE in answer.text
    return answer


def says_when(watched: Watched) -> bool:
    return 'id="as-of"' in see_the_page(watched).text


def asserted_retry_later(answer: httpx.Response) -> httpx.Response:
    assert (answer.status_code, answer.headers.get("Retry-After")) == (503, "5"), answer.text
    return answer


def a_stored_page(ready: Ready, _code: str) -> None:
    see_the_page(ready.watched)


def a_write_of_a_program(ready: Ready, code: str) -> None:
    answer = asserted_retry_later(ready.watched.installation.ada.post("/api/v1/services", NEW))
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == code
    assert "database" in answer.json()["detail"]


def a_write_of_staff(ready: Ready, code: str) -> None:
    form = {"slug": "typed", "name:en": TYPED}
    ready.ada.headers["Accept-Language"] = "sv"
    answer = asserted_retry_later(ready.ada.send("/console/services/new", form))
    assert '<html lang="sv"' in answer.text
    assert (
        translated_message(UnavailableError("", code=code), console_translations("sv"))
        in answer.text
    )
    # It can be sent again from there.
    assert TYPED in answer.text


def a_hook(ready: Ready, _code: str) -> None:
    asserted_retry_later(
        ready.watched.installation.vera.post(f"/hooks/{ready.tokens['generic']}", {})
    )


def a_hook_like_pagerdutys(ready: Ready, _code: str) -> None:
    fields = {"routing_key": ready.tokens["pagerduty-events"], "event_action": "trigger"}
    asserted_retry_later(ready.watched.installation.vera.post("/v2/enqueue", fields))


def a_hook_like_opsgenies(ready: Ready, _code: str) -> None:
    key = {"Authorization": f"GenieKey {ready.tokens['opsgenie']}"}
    asserted_retry_later(
        ready.watched.installation.vera.post("/v2/alerts", {"message": "Down"}, headers=key)
    )


def the_worker(ready: Ready, _code: str) -> None:
    """It waits longer each time, and does not end."""
    assert rests_of_the_worker(ready, 2) == [1, 2]


def rests_of_the_worker(ready: Ready, turns: int) -> list[float]:
    database = ready.watched.installation.database
    # To it everything is old: there is something to write.
    scheduled = ScheduledJobs(database, Processor(database, ADAPTERS), fake_hashes(), hook_days=-1)
    rests: list[float] = []

    async def work() -> None:
        stop = asyncio.Event()

        async def rest(seconds: float) -> None:
            rests.append(seconds)
            if len(rests) == turns:
                stop.set()

        await repeat(scheduled.delete_expired, stop, sleep=rest)

    asyncio.run(work())
    return rests


# Whatever somebody can want of us while the database fails.
SURFACES: tuple[Callable[[Ready, str], None], ...] = (
    a_stored_page,
    a_write_of_a_program,
    a_write_of_staff,
    a_hook,
    a_hook_like_pagerdutys,
    a_hook_like_opsgenies,
    the_worker,
)


@pytest.mark.parametrize("fault", faults.FAULTS, ids=lambda fault: fault.name)
def test_each_surface_shows_what_happened_and_recovers_by_itself(
    fault: Fault, tmp_path: Path
) -> None:
    with fault.opened(tmp_path) as faulty:
        ready = begin(faulty.watched)
        faulty.inject()
        # Side by side: on a lock that somebody holds each waits for its five seconds.
        with ThreadPoolExecutor(len(SURFACES)) as hands:
            reported = [hands.submit(each, ready, fault.code) for each in SURFACES]
        for done in reported:
            done.result()
        look_as_promised(fault, faulty.watched)
        if faulty.repair is not None:
            faulty.repair()
            recover(ready)


def look_as_promised(fault: Fault, watched: Watched) -> None:
    if fault.pages_stand_still:
        eventually(lambda: says_when(watched), "the page says of when it is")
        assert watched.installation.vera.get("/readyz").status_code == 503
    else:
        assert not says_when(watched)


def recover(ready: Ready) -> None:
    watched = ready.watched
    take_writes_again(watched)
    generic = f"/hooks/{ready.tokens['generic']}"
    assert watched.installation.vera.post(generic, {}).status_code == 202
    assert rests_of_the_worker(ready, 1) == [3600]
    assert watched.installation.vera.get("/readyz").status_code == 200


def take_writes_again(watched: Watched) -> None:
    eventually(
        lambda: watched.installation.ada.post("/api/v1/services", NEW).status_code in {201, 409},
        "writes are taken again",
    )
    eventually(lambda: "Payments" in see_the_page(watched).text, "what was written is shown")
    eventually(lambda: not says_when(watched), "the page follows again")


def test_a_database_that_stalls(tmp_path: Path) -> None:
    with own_cluster() as cluster:
        upgrade(cluster.url)
        proxy = Proxy(cluster.socket)
        url = f"postgresql+psycopg://postgres@127.0.0.1:{proxy.port}/postgres"
        with installation_with_refresher(url, tmp_path) as watched:
            begin(watched)
            proxy.flowing.clear()
            eventually(lambda: says_when(watched), "the page says of when it is")
            proxy.flowing.set()
            take_writes_again(watched)
        proxy.close()
