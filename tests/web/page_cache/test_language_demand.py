"""Hot pages are stored for the languages in demand, however many are published."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from re import findall

import pytest

from app.db.queries.page import page
from app.web import formats, public
from app.web.page_cache.language_demand import LanguageDemand, hot_languages
from app.web.page_cache.refresh_round import RefreshRound
from app.web.page_cache.renderer import PageRenderer
from app.web.page_cache.snapshot import SnapshotError, load
from tests.cast import Installation, open_installation
from tests.rendering.records import facts
from tests.web.page_cache.conftest import (
    eventually,
    installation_with_refresher,
    snapshot_only_app,
)

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
THREE = ("en", "sv", "ar")
# The catalogues of three languages serve as many of their regions.
ARABIC = findall("..", "aebhdjdzegeheriliqjokmkwlblymamrompsqasasdsosssytdtnye")
ENGLISH = findall("..", "agaiaubbbebmbsbwbzcacccxcydmerfjfkgbgdgg")
MANY = (
    *THREE,
    *("sv-fi", "sv-ax"),
    *(f"ar-{each}" for each in ARABIC),
    *(f"en-{each}" for each in ENGLISH),
)


def publish(installation: Installation, languages: tuple[str, ...]) -> None:
    with installation.writing() as ctx:
        page.read_page(ctx.session).languages = list(languages)
        ctx.touch()


@pytest.fixture
def installation(sqlite_url: str, tmp_path: Path) -> Iterator[Installation]:
    with open_installation(sqlite_url, tmp_path) as made:
        yield made


def renders(installation: Installation, readers: tuple[str, ...]) -> int:
    """The renderings of a change, after visitors have read the first page in these languages."""
    renderer: PageRenderer = installation.app.state.fyr.renderer
    renderer.serving = True
    refresh = RefreshRound(renderer, (*formats.SURFACES, *public.HOT))
    try:
        list(refresh.refresh_requested())
        for _ in range(2):
            for tag in readers:
                assert installation.vera.get(f"/{tag}/").status_code == 200
                assert renderer.store.get_fresh(f"/{tag}/".encode()) is not None
            renderer.store.invalidate()
            before = renderer.renders
            list(refresh.refresh_requested())
            list(refresh.refresh_remaining())
        return renderer.renders - before
    finally:
        refresh.close()


def test_publishing_52_languages_does_not_multiply_what_a_change_renders(
    installation: Installation,
) -> None:
    assert len(set(MANY)) == 52
    publish(installation, THREE)
    with_three = renders(installation, THREE)
    publish(installation, MANY)
    assert renders(installation, THREE) == with_three


def test_a_change_renders_for_six_languages_at_most(installation: Installation) -> None:
    publish(installation, MANY[:6])
    most = renders(installation, MANY[:6])
    publish(installation, MANY)
    assert renders(installation, MANY[:9]) == most


def test_the_pages_of_the_other_languages_are_rendered_on_request(
    sqlite_url: str, tmp_path: Path
) -> None:
    with installation_with_refresher(sqlite_url, tmp_path) as watched:
        publish(watched.installation, MANY)
        answer = watched.vera.get("/ar-eg/")
        assert answer.headers["Content-Language"] == "ar-eg"
        assert watched.vera.get("/en-au/history").status_code == 200


def test_the_hot_languages_are_the_default_and_those_in_demand() -> None:
    many = replace(facts(), languages=MANY, default_language="sv")
    assert hot_languages(many) == ("sv",)
    assert hot_languages(many, ("ar", "xx", "en")) == ("sv", "ar", "en")
    assert hot_languages(many, MANY) == ("sv", "en", "ar", "sv-fi", "sv-ax", "ar-ae")
    assert hot_languages(replace(many, languages=("en", "sv", "ar")), ("ar",)) == THREE


def test_a_language_that_is_read_again_and_again_comes_before_one_that_was_read_once() -> None:
    demand = LanguageDemand(NOW)
    for minute in range(1, 10):
        demand.count([b"/pl/", b"/pl/history"], NOW + timedelta(minutes=minute))
    crawled = [f"/{tag}{path}".encode() for tag in MANY for path in ("/", "/history", "/report")]
    demand.count(crawled, NOW + timedelta(minutes=10))
    assert demand.ranked(())[0] == "pl"


def test_a_language_that_nobody_reads_any_more_is_forgotten() -> None:
    demand = LanguageDemand(NOW)
    demand.count([b"/pl/"], NOW)
    demand.count([b"/sv~/api/v2/status.json"], NOW + timedelta(hours=1))
    assert demand.ranked(()) == ("sv", "pl")
    demand.count([], NOW + timedelta(hours=4))
    assert demand.ranked([b"/theme.css", b"404"]) == ()
    demand.count([b"/sv/"], NOW)  # a clock that was put back
    assert demand.ranked([b"/de/"]) == ("de", "sv")


def test_without_the_database_every_published_language_is_answered_at_least_in_the_default_one(
    sqlite_url: str, tmp_path: Path
) -> None:
    snapshots = tmp_path / "snapshots"
    with installation_with_refresher(sqlite_url, tmp_path, snapshots=snapshots) as watched:
        publish(watched.installation, MANY)
        for _ in range(2):
            assert watched.vera.get("/sv/").status_code == 200
        publish(watched.installation, MANY)
        eventually(lambda: tags_of(snapshots) == {"en", "sv"}, "the snapshot has those in demand")
    with snapshot_only_app(tmp_path, snapshots) as alone:
        for path, language in (("/sv/", "sv"), ("/ar-eg/", "en"), ("/ar-eg/history", "en")):
            answer = alone.vera.get(path)
            assert (answer.status_code, answer.headers["Content-Language"]) == (200, language)
        answer = alone.vera.get("/", headers={"Accept-Language": "ar-EG"})
        assert (answer.status_code, answer.headers["Content-Language"]) == (200, "en")


def tags_of(snapshots: Path) -> set[str]:
    """The languages of the pages in a snapshot; none when it is not written yet."""
    try:
        return {page.meta.language for page in load(snapshots).pages} - {""}
    except SnapshotError:
        return set()
