"""What the front gives from memory, against what was rendered."""

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


def asleep(watched: Watched) -> None:
    """From here on nothing but memory answers."""
    watched.house.database.close()

    def refuse(*_arguments: object) -> None:
        raise AssertionError("the framework was asked")

    watched.vera._app.app = refuse  # type: ignore[attr-defined]


def test_memory_gives_what_the_first_visitor_got(watched: Watched) -> None:
    with watched.house.writing() as ctx:
        make_service(ctx, "payments")
    asks = list(product(("GET", "HEAD"), PATHS, WISHES))
    first = [seen(watched.vera.ask(method, path, **wish)) for method, path, wish in asks]
    asleep(watched)
    again = [seen(watched.vera.ask(method, path, **wish)) for method, path, wish in asks]
    assert again == first


def test_one_entry_serves_the_tagged_address_and_all_who_are_led_to_it(watched: Watched) -> None:
    watched.vera.get("/sv/")
    asleep(watched)
    for headers in ({"Accept-Language": "sv"}, {"Accept-Language": "sv-SE, en;q=0.7"}):
        answer = watched.vera.get("/", headers=headers)
        assert answer.headers["Content-Language"] == "sv"
        assert answer.headers["Vary"] == "Accept-Language, Accept-Encoding"
    assert watched.vera.get("/sv/").headers["Vary"] == "Accept-Encoding"


def test_queries_that_mean_nothing_make_no_entries(watched: Watched) -> None:
    for number in range(20):
        watched.vera.get(f"/en/?utm_source={number}&locale=sv")
        watched.vera.get(f"/?x={number}")
    assert len(watched.renderer.store) == 1


def test_nothing_a_visitor_sends_changes_what_the_next_one_gets(watched: Watched) -> None:
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


def test_a_change_is_seen_at_once(watched: Watched) -> None:
    assert "Invoices are late" not in watched.vera.get("/en/").text
    with watched.house.writing() as ctx:
        make_incident(ctx, title="Invoices are late")
    watched.change()
    assert "Invoices are late" in watched.vera.get("/en/").text


def test_other_methods_are_told_which_are_taken(watched: Watched) -> None:
    watched.vera.get("/en/")
    answer = watched.vera.post("/en/")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")


def test_an_inner_key_is_no_address(watched: Watched) -> None:
    watched.vera.get("/nothing/at/all")
    for path in ("/en404", "/en~/", "/404"):
        assert watched.vera.get(path).status_code == 404


def test_while_nobody_tells_of_changes_nothing_comes_from_memory(watched: Watched) -> None:
    watched.renderer.serving = False
    watched.vera.get("/en/")
    with watched.house.writing() as ctx:
        make_incident(ctx, title="Invoices are late")
    assert "Invoices are late" in watched.vera.get("/en/").text


def test_stylesheets_and_scripts_are_served_from_memory(watched: Watched) -> None:
    asleep(watched)
    watched.renderer.serving = False  # nor does anything need to be known
    for name, kind in ASSETS.items():
        answer = watched.vera.get(asset_path(name), headers={"Accept-Encoding": "br"})
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, kind)
        assert answer.content == asset_bytes(name)
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        known = {"Accept-Encoding": "br", "If-None-Match": answer.headers["ETag"]}
        assert watched.vera.get(asset_path(name), headers=known).status_code == 304
