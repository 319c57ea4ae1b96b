"""Responses from the page cache, compared with those of the application."""

from itertools import product
from typing import Any

import httpx

from app.rendering.assets import ASSETS, asset_bytes, asset_path
from tests.factories import make_incident, make_service
from tests.web.page_cache.conftest import Watched

PATHS = [
    "/",
    "/en/",
    "/sv/",
    "/history",
    "/ar/history",
    "/services/payments",
    "/sv/history/2026-02",
]
WISHES: list[dict[str, Any]] = [
    {},
    {"headers": {"Accept-Language": "sv"}},
    {"headers": {"Accept-Encoding": "br"}},
    {"headers": {"Accept-Encoding": "zstd;q=0.5, gzip;q=0.4", "Accept-Language": "ar, en;q=0.1"}},
    {"headers": {"If-None-Match": "*"}},
    {"params": {"locale": "sv", "utm_source": "mail"}},
]


def seen(answer: httpx.Response) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    return answer.status_code, answer.headers.raw, answer.content


def answer_from_memory_only(watched: Watched) -> None:
    """Close the database and fail on any request that reaches the application."""
    watched.installation.database.close()

    def refuse(*_arguments: object) -> None:
        raise AssertionError("a request reached the application")

    watched.vera._app.app = refuse  # type: ignore[attr-defined]


def test_a_hit_gets_the_response_that_the_first_request_got(watched: Watched) -> None:
    with watched.installation.writing() as ctx:
        make_service(ctx, "payments")
    asks = list(product(("GET", "HEAD"), PATHS, WISHES))
    first = [seen(watched.vera.ask(method, path, **wish)) for method, path, wish in asks]
    answer_from_memory_only(watched)
    again = [seen(watched.vera.ask(method, path, **wish)) for method, path, wish in asks]
    assert again == first


def test_one_stored_page_answers_the_prefixed_url_and_negotiated_ones(watched: Watched) -> None:
    watched.vera.get("/sv/")
    answer_from_memory_only(watched)
    for headers in ({"Accept-Language": "sv"}, {"Accept-Language": "sv-SE, en;q=0.7"}):
        answer = watched.vera.get("/", headers=headers)
        assert answer.headers["Content-Language"] == "sv"
        assert answer.headers["Vary"] == "Accept-Language, Accept-Encoding"
    assert watched.vera.get("/sv/").headers["Vary"] == "Accept-Encoding"


def test_unknown_query_parameters_store_no_pages(watched: Watched) -> None:
    for number in range(20):
        watched.vera.get(f"/en/?utm_source={number}&locale=sv")
        watched.vera.get(f"/?x={number}")
    assert len(watched.renderer.store) == 1


def test_no_request_header_changes_what_other_clients_get(watched: Watched) -> None:
    plain = watched.vera.get("/en/")
    watched.change()
    poison = {
        "Host": "evil.example",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "gopher",
        "X-Original-URL": "/sv/",
        "Accept": "application/json",
        "Cookie": "locale=ar",
        "Origin": "https://evil.example",
        "Accept-Language": "sv",
        "Accept-Encoding": "identity;q=0",
        "Range": "bytes=0-1",
    }
    watched.vera.get("/en/?x=<script>", headers=poison)
    assert seen(watched.vera.get("/en/")) == seen(plain)


def test_an_invalidated_page_is_rendered_again(watched: Watched) -> None:
    assert "Invoices are late" not in watched.vera.get("/en/").text
    with watched.installation.writing() as ctx:
        make_incident(ctx, title="Invoices are late")
    watched.change()
    assert "Invoices are late" in watched.vera.get("/en/").text


def test_other_methods_get_405_with_the_allowed_ones(watched: Watched) -> None:
    watched.vera.get("/en/")
    answer = watched.vera.post("/en/")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")


def test_a_key_that_is_not_addressable_is_answered_with_404(watched: Watched) -> None:
    watched.vera.get("/nothing/at/all")
    for path in ("/en404", "/en~/", "/404"):
        assert watched.vera.get(path).status_code == 404


def test_pages_are_not_served_from_memory_while_nothing_watches_the_revision(
    watched: Watched,
) -> None:
    watched.renderer.serving = False
    watched.vera.get("/en/")
    with watched.installation.writing() as ctx:
        make_incident(ctx, title="Invoices are late")
    assert "Invoices are late" in watched.vera.get("/en/").text


def test_stylesheets_and_scripts_are_served_from_memory(watched: Watched) -> None:
    answer_from_memory_only(watched)
    watched.renderer.serving = False  # nor does anything need to be known
    for name, kind in ASSETS.items():
        answer = watched.vera.get(asset_path(name), headers={"Accept-Encoding": "br"})
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, kind)
        assert answer.content == asset_bytes(name)
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        known = {"Accept-Encoding": "br", "If-None-Match": answer.headers["ETag"]}
        assert watched.vera.get(asset_path(name), headers=known).status_code == 304
