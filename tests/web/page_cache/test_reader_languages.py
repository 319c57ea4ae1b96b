"""The count of the languages that readers ask for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.i18n.asked_language import asked_language
from app.usecases.page import language_demand
from app.web.page_cache.reader_languages import ReaderLanguages
from app.web.page_cache.reader_languages_writer import ReaderLanguagesWriter
from app.web.page_cache.serving.conditional_request import RequestHeaders, parse_headers
from app.web.page_cache.serving.middleware import PageCacheMiddleware
from tests.cast import Installation, Person, open_backend, open_installation

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.mark.parametrize(
    ("header", "asked"),
    [
        ("pl-PL,pl;q=0.9,en;q=0.5", "pl"),
        ("en;q=0.5, pl", "pl"),
        ("zh-TW,zh;q=0.9", "zh-hant"),
        ("nn", "nb"),
        ("eo;q=1.0", "eo"),
        ("xx-unknown, sv;q=0.3", "sv"),
        ("*", None),
        ("pl;q=0", None),
        ("pl;q=0.000001", None),
        ("", None),
        ("x" * 500, None),
        ("<script>", None),
    ],
)
def test_the_language_asked_for_is_the_first_by_weight(header: str, asked: str | None) -> None:
    assert asked_language(header) == asked


def _headers(accept: str, agent: str = FIREFOX, mode: str = "") -> RequestHeaders:
    return parse_headers(
        [
            (b"accept-language", accept.encode()),
            (b"user-agent", agent.encode()),
            *([(b"sec-fetch-mode", mode.encode())] if mode else []),
        ]
    )


@pytest.mark.parametrize(
    "headers",
    [
        _headers("pl", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"),
        _headers("pl", mode="cors"),
        _headers(""),
        _headers("p" * 401),
    ],
)
def test_programs_and_scripts_are_no_readers(headers: RequestHeaders) -> None:
    languages = ReaderLanguages()
    languages.count("en", headers)
    assert not languages.take()


def test_strange_headers_take_a_bounded_amount_of_memory() -> None:
    languages = ReaderLanguages()
    for number in range(6000):
        languages.count("en", _headers(f"x{number}"))
    assert len(languages.take()) == 5000


def test_readers_of_a_missing_language_are_counted_by_month(database_url: str) -> None:
    with open_backend(database_url) as backend:
        languages = ReaderLanguages()
        writer = ReaderLanguagesWriter(languages, backend.database)
        for _ in range(412):
            languages.count("en", _headers("pl-PL,pl;q=0.9"))
        languages.count("en", _headers("en"))
        writer.write()
        languages.count("en", _headers("pl"))
        writer.write()
        writer.write()
        with backend.reading() as ctx:
            found = language_demand.views_of_month(ctx)
            assert [(each.asked, each.given, each.views) for each in found] == [
                ("pl", "en", 413),
                ("en", "en", 1),
            ]
            assert language_demand.asked_recently(ctx) == {"pl": 413, "en": 1}


def test_counts_survive_a_database_that_is_away(sqlite_url: str) -> None:
    with open_backend(sqlite_url) as backend:
        languages = ReaderLanguages()
        writer = ReaderLanguagesWriter(languages, backend.database)
        languages.count("en", _headers("pl"))
        with backend.writing():
            writer.write()
        writer.close()
        with backend.reading() as ctx:
            assert [each.views for each in language_demand.views_of_month(ctx)] == [1]


def test_counts_older_than_a_year_are_deleted(sqlite_url: str) -> None:
    with open_backend(sqlite_url) as backend:
        with backend.writing() as ctx:
            language_demand.add_views(ctx, {("pl", "en"): 3})
            month = f"{ctx.now:%Y-%m}"
        backend.clock.now = backend.clock.now.replace(year=backend.clock.now.year + 1)
        with backend.writing() as ctx:
            language_demand.delete_expired(ctx)
            assert language_demand.views_of_month(ctx, month)[0].views == 3
        backend.clock.now = backend.clock.now.replace(year=backend.clock.now.year + 1)
        with backend.writing() as ctx:
            language_demand.delete_expired(ctx)
            assert language_demand.views_of_month(ctx, month) == []


@pytest.fixture
def installation(sqlite_url: str, tmp_path: Path) -> Iterator[Installation]:
    with open_installation(sqlite_url, tmp_path) as opened:
        yield opened


def _counted(installation: Installation) -> list[tuple[str, str, int]]:
    state = installation.app.state.fyr
    ReaderLanguagesWriter(state.renderer.reader_languages, state.database).write()
    items = installation.cy.get("/api/v1/reader-languages").json()["items"]
    return [(each["asked"], each["given"], each["views"]) for each in items]


def _get(installation: Installation, path: str, accept: str, method: str = "GET") -> None:
    headers = {"Accept-Language": accept, "User-Agent": FIREFOX}
    response = Person(installation.app, headers).ask(method, path)
    assert response.status_code in {200, 404}


def test_every_page_counts_and_nothing_else(installation: Installation) -> None:
    _get(installation, "/", "pl")
    _get(installation, "/en/", "pl")
    _get(installation, "/history", "sv")
    _get(installation, "/", "de", method="HEAD")
    _get(installation, "/feed.atom", "de")
    _get(installation, "/badge.svg", "de")
    _get(installation, "/en/nothing", "de")
    _get(installation, "/api/v2/status.json", "de")
    assert _counted(installation) == [("pl", "en", 2), ("sv", "sv", 1)]


def test_a_page_from_memory_counts_too(installation: Installation) -> None:
    renderer = installation.app.state.fyr.renderer
    _get(installation, "/", "pl")
    renderer.serving = True
    middleware = PageCacheMiddleware(installation.app, renderer)
    headers = {"Accept-Language": "pl", "User-Agent": FIREFOX}
    reader = Person(middleware, headers)  # type: ignore[arg-type]  # an ASGI application
    assert reader.get("/").status_code == 200
    assert middleware.hits == 1
    assert _counted(installation) == [("pl", "en", 2)]


def test_a_month_that_is_none_is_refused(installation: Installation) -> None:
    answer = installation.cy.get("/api/v1/reader-languages?month=2026-13")
    assert answer.status_code == 422
    assert installation.cy.get("/api/v1/reader-languages?month=2020-01").json() == {"items": []}
