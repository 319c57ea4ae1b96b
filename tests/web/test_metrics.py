"""/metrics: nothing to most, Prometheus' format to those whom the settings name."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.web.front.front import Front
from app.web.front.library import Library
from app.web.metrics.exposition import Family, Sample, exposed
from tests.cast import House, Person, open_house
from tests.factories import make_incident

TOKEN = "t" * 32
WITH_TOKEN = {"Authorization": f"Bearer {TOKEN}"}
LINE = re.compile(r'[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [-+.e0-9]+')


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    with open_house(sqlite_url, tmp_path) as opened:
        office = opened.app.state.office
        given = office.settings.model_copy(update={"metrics_token": SecretStr(TOKEN)})
        object.__setattr__(office, "settings", given)
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
    library: Library = house.app.state.office.library
    front = house.app.state.front = Front(house.app, library)
    vera = Person(front, {})  # type: ignore[arg-type]
    with house.writing() as ctx:
        make_incident(ctx)
    library.watched = True
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
