"""/metrics: nothing to most, Prometheus' format to those whom the settings name."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen
from tempfile import TemporaryFile

import pytest
from pydantic import SecretStr

from app.web.metrics.exposition import Family, Sample, exposed
from app.web.metrics.shared_counters import Counted, Figures, Holding, Ledger, told_by
from app.web.page_cache.renderer import PageRenderer
from app.web.page_cache.serving.middleware import PageCacheMiddleware
from tests.cast import House, Person, open_house
from tests.factories import make_incident

TOKEN = "t" * 32
WITH_TOKEN = {"Authorization": f"Bearer {TOKEN}"}
LINE = re.compile(r'[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [-+.e0-9]+')


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    with open_house(sqlite_url, tmp_path) as opened:
        state = opened.app.state.fyr
        given = state.settings.model_copy(update={"metrics_token": SecretStr(TOKEN)})
        object.__setattr__(state, "settings", given)
        yield opened


def figures(house: House) -> dict[str, float]:
    answer = house.vera.get("/metrics", headers=WITH_TOKEN)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    assert all(LINE.fullmatch(line) for line in lines)
    return {re.split(r"[{ ]", line)[0]: float(line.rpartition(" ")[2]) for line in lines}


@pytest.mark.parametrize("token", ["", "Bearer ", "Bearer wrong", "Basic dDp0", f"Bearer {TOKEN}x"])
def test_to_everybody_else_there_is_nothing(house: House, token: str) -> None:
    answer = house.vera.get("/metrics", headers={"Authorization": token})
    assert answer.status_code == 404
    assert "fyr_" not in answer.text


def test_it_tells_of_the_front_the_pages_and_the_database(house: House) -> None:
    renderer: PageRenderer = house.app.state.fyr.renderer
    front = house.app.state.front = PageCacheMiddleware(house.app, renderer)
    vera = Person(front, {})  # type: ignore[arg-type]
    with house.writing() as ctx:
        make_incident(ctx)
    renderer.serving = True
    for _ in range(3):
        vera.get("/en/")
    told = figures(house)
    assert (told["fyr_front_hits_total"], told["fyr_front_misses_total"]) == (2, 1)
    assert told["fyr_front_sent_bytes_total"] > 1000
    assert (told["fyr_pages_rendered_total"], told["fyr_page_failures_total"]) == (1, 0)
    assert (told["fyr_database_up"], told["fyr_revision_lag"]) == (1, 0)
    assert told["fyr_open_incidents"] == 1


def test_a_database_that_is_away_is_told_too(house: House, tmp_path: Path) -> None:
    house.database.close()
    for file in tmp_path.glob("fyr.db*"):
        file.unlink()
    (tmp_path / "fyr.db").mkdir()
    told = figures(house)
    assert told["fyr_database_up"] == 0
    assert "fyr_revision" not in told


def test_what_stands_in_a_label_is_escaped() -> None:
    family = Family("fyr_a", "gauge", "A\nline.", (Sample(1, {"a": 'x"\\\n'}), Sample(0.5)))
    assert exposed([family]) == (
        '# HELP fyr_a A\\nline.\n# TYPE fyr_a gauge\nfyr_a{a="x\\"\\\\\\n"} 1.0\nfyr_a 0.5\n'
    )


def one(process: int, *, started_at: float = 0, hits: float = 0) -> Figures:
    """What a process has counted and holds."""
    return Figures(Counted(hits=hits), Holding(process, started_at, 1, 1, 1, 7, 0))


@contextmanager
def shared_memory() -> Iterator[int]:
    with TemporaryFile() as file:
        file.truncate(2**12)
        yield file.fileno()


def hits_in_a_process_of_its_own(fd: int, process: int, hits: int) -> "Popen[str]":
    """One that lives until its standard input is closed."""
    code = f"""
import sys
from app.web.metrics.shared_counters import Counted, Figures, Holding, Ledger
now = Figures(Counted(hits={hits}), Holding({process}, 5, 1, 1, 1, 7, 0))
Ledger({fd}, lambda: now).write()
print("written", flush=True)
sys.stdin.read()
"""
    made = Popen([sys.executable, "-c", code], pass_fds=[fd], stdin=PIPE, stdout=PIPE, text=True)
    assert made.stdout is not None
    assert made.stdout.readline() == "written\n"
    return made


def test_any_process_tells_what_all_have_counted_and_how_the_living_are() -> None:
    with shared_memory() as fd:
        ledger = Ledger(fd, lambda: one(1, hits=10))
        with hits_in_a_process_of_its_own(fd, 2, 5) as other:
            told = ledger.read()
            assert (told.counted.hits, [each.process for each in told.holdings]) == (15, [1, 2])
            other.kill()
        told = ledger.read()
        assert (told.counted.hits, [each.process for each in told.holdings]) == (15, [1])
        # Its successor counts on from there.
        with hits_in_a_process_of_its_own(fd, 2, 2):
            told = ledger.read()
            assert (told.counted.hits, [each.process for each in told.holdings]) == (17, [1, 2])


def test_of_two_with_one_number_the_younger_is_told() -> None:
    former, successor = one(2, started_at=1, hits=1), one(2, started_at=2, hits=3)
    told = told_by([former.counted, successor.counted], [successor.holding, former.holding])
    assert (told.counted.hits, told.holdings) == (4, [successor.holding])
