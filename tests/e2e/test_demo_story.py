"""The demo's story in seconds: nobody changes the page, and the page shows what happens."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

from app.db.engine import make_engine
from app.demo.servers import loopback_resolver
from app.demo.story import HOSTS, RENEWED_AFTER, ROOT_LASTS, Story
from app.i18n.languages import LANGUAGES
from app.net.guard import Guard
from app.probes.scanner import Scanner
from app.rendering import pages
from app.usecases.database import Database
from app.usecases.page.settings import page_settings
from app.usecases.public import pages as public_pages
from app.usecases.sources.processor import Processor
from app.worker import loop
from app.worker.forecasts import Forecaster
from app.worker.prober import Prober
from app.worker.profile_folder import ProfileFolder
from app.worker.scheduled import ScheduledJobs
from tests.e2e.serving import wait_until
from tests.fakes import fake_hashes


def test_the_readme_states_when_the_root_expires_and_when_the_chain_is_renewed() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    assert f"Wait {ROOT_LASTS.seconds} seconds: the old root expires" in readme
    assert f"Wait {RENEWED_AFTER.seconds} seconds: the demo's operator deploys" in readme


@contextmanager
def working(database: Database, folder: Path) -> Iterator[None]:
    """A worker on `database` in a thread of its own."""
    here = asyncio.new_event_loop()
    stop = asyncio.Event()
    guard = Guard((ip_network("127.0.0.0/8"),), loopback_resolver(HOSTS))
    profiles = ProfileFolder(folder)
    prober = Prober(database, Scanner(guard, 5, 5), profiles)
    scheduled = ScheduledJobs(database, Processor(database, {}), fake_hashes())
    job = loop.run(prober, scheduled, Forecaster(database, profiles), stop)
    thread = threading.Thread(target=here.run_until_complete, args=(job,))
    thread.start()
    try:
        yield
    finally:
        here.call_soon_threadsafe(stop.set)
        thread.join(10)
        here.close()


def swedish(database: Database) -> str:
    """The first page as a Swedish visitor gets it."""
    with database.reading() as ctx:
        return pages.overview(public_pages.overview(ctx), "sv").decode()


def test_the_story_goes_from_the_end_of_the_root_to_the_end_of_the_incident(
    sqlite_url: str, tmp_path: Path
) -> None:
    database = Database(make_engine(sqlite_url))
    reported: list[str] = []
    story = Story(
        database,
        tmp_path / "profiles",
        "http://127.0.0.1:8000",
        reported.append,
        root_lasts=timedelta(seconds=3),
        renewed_after=timedelta(seconds=4),
    )
    with story, working(database, tmp_path / "profiles"):
        assert "äldre" not in swedish(database)
        with database.reading() as ctx:
            assert page_settings(ctx).languages == LANGUAGES
        wait_until(lambda: len(reported) == 2, "the root never ended")
        # Within ten seconds the page shows it, in the visitor's language.
        wait_until(lambda: "äldre enheter på plats" in swedish(database), "no incident")
        page = swedish(database)
        assert "Demo Old Root X3" in page
        for service in ("Självbetjäningsparkeringar", "Kortbetalningar", "Webb och API"):
            assert service in page
        wait_until(lambda: len(reported) == 5, f"the story broke off: {reported}")
    assert [stated.split()[0] for stated in reported] == ["Fyr's", "The", "Fyr", "The", "Fyr"]
    database.close()
