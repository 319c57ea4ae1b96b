"""Requests whose bytes are memoised get what the parser and the page cache make of them."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from app.domain.page.pages import PageFacts
from app.domain.texts.localized_text import LocalizedText
from app.web.page_cache.serving.conditional_request import RequestHeaders
from app.web.page_cache.serving.limited_protocol import LimitedConfig, LimitedProtocol
from app.web.page_cache.serving.middleware import PageCacheMiddleware
from app.web.page_cache.serving.request_memo import MemoisedRequest, RequestMemo
from app.web.page_cache.serving.uvicorn_protocol import PageCacheProtocol
from app.web.page_cache.state import CacheState
from app.web.page_cache.static_files import asset_pages
from app.web.page_cache.store import PageStore
from app.web.page_cache.stored_page import PageMeta, encode_page
from tests.fakes import NOON, FixedClock
from tests.web.page_cache.serving.wire import Clock, Wire, echo, front

ASSET = next(iter(asset_pages()))
FACTS = PageFacts("p", LocalizedText.of("Page", "en"), "", "UTC", "en", ("en", "sv"), 1, NOON, NOON)
HOST = b"Host: h\r\n"
HIT = b"GET /en/ HTTP/1.1\r\n" + HOST + b"\r\n"
HEADS = [
    HIT,
    HIT.replace(b"GET", b"HEAD"),
    b"GET / HTTP/1.1\r\n" + HOST + b"Accept-Language: sv\r\nUser-Agent: Firefox\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + HOST + b"Accept-Language: en\r\nAccept-Encoding: br\r\n\r\n",
    b"GET /?locale=sv HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET /en/ HTTP/1.1\r\n" + HOST + b"If-None-Match: *\r\n\r\n",
    b"HEAD /sv/ HTTP/1.1\r\n" + HOST + b"If-None-Match: *\r\nAccept-Encoding: zstd\r\n\r\n",
    b"GET /sv/ HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n",
    b"GET " + ASSET + b" HTTP/1.1\r\n" + HOST + b"Accept-Encoding: gzip\r\n\r\n",
]
OTHERS = [
    b"\r\n" + HIT,
    HIT + b"\r\n",
    HIT + HIT,
    b"GET /missing HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET /en/ HTTP/1.1\r\n\r\n",
    b"GET /en/ HTTP/1.1\r\n" + HOST + b"Accept: text/plain\r\n\r\n",
    b"GET /en/ HTTP/1.0\r\n" + HOST + b"\r\n",
    b"GET /en/ HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\n\r\nabc",
    b"POST /en/ HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\n\r\nabc",
    b"GET /en/ HTTP/1.1\r\n" + HOST + b"Connection: upgrade\r\nUpgrade: h2c\r\n\r\n",
    b"\x00\r\n\r\n",
    b"\r\n",
    b"G",
]
NAVIGATE = b"Sec-Fetch-Mode: navigate\r\n"


@pytest.fixture(scope="module")
def clock() -> Iterator[Clock]:
    clock = Clock()
    yield clock
    clock.end()


class Site:
    """A page cache with pages in two languages, and the servers that answer from it."""

    def __init__(self, clock: Clock, app: ASGIApp = echo) -> None:
        self.clock, self.time, self.state = clock, FixedClock(), ServerState()
        self.config = front(app)
        self.middleware: PageCacheMiddleware = self.config.loaded_app
        self.cache = self.open_cache()

    def open_cache(self) -> CacheState:
        """Answer from a new page cache."""
        self.cache = self.middleware.cache = CacheState(PageStore(2**20, self.time))
        self.cache.facts, self.cache.serving = FACTS, True
        for language in ("en", "sv"):
            self.put(language)
        return self.cache

    def put(self, language: str, text: str = "Hello", *, seconds: float = 60) -> None:
        meta = PageMeta("text/html; charset=utf-8", language, "public")
        body = f"<p>{text} in {language}</p>".encode() * 50
        key = f"/{language}/".encode()
        expires_at = self.time.now + timedelta(seconds=seconds)
        generation = self.cache.store.generation
        self.cache.store.put(
            encode_page(key, body, meta, expires_at=expires_at, generation=generation)
        )

    def wire(self, protocol: type[HttpToolsProtocol] = PageCacheProtocol) -> Wire:
        return Wire(self.clock, protocol, self.config, self.state)

    def plain(self, *packets: bytes) -> bytes:
        """What plain uvicorn and the middleware answer."""
        return self.wire(HttpToolsProtocol).send(*packets)

    def memoise(self, *heads: bytes) -> None:
        """Send each head until it is memoised and its answer prepared."""
        for head in heads:
            for _ in range(3):
                self.wire().send(head)
            assert self.middleware.memo.get(head), head


@pytest.fixture
def site(clock: Clock) -> Site:
    return Site(clock)


@pytest.mark.parametrize("head", HEADS)
def test_a_repeated_request_gets_the_bytes_that_the_parser_makes_of_it(
    site: Site, head: bytes
) -> None:
    expected = site.plain(head)
    site.memoise(head)
    one = site.wire()
    for number in range(1, 4):
        wire = site.wire()
        assert wire.send(head) == expected
        assert wire.is_closed == (b"Connection: close" in head)
        assert one.send(head) == expected * (1 if one.is_closed else number)


@pytest.mark.parametrize("head", OTHERS)
def test_what_is_no_plain_request_for_a_stored_page_is_not_memoised(
    site: Site, head: bytes
) -> None:
    for _ in range(4):
        site.wire().send(head)
    assert not len(site.middleware.memo)


@pytest.mark.parametrize("first", [HEADS[0], HEADS[1], HEADS[2], OTHERS[0], OTHERS[3], OTHERS[8]])
def test_memoised_requests_cut_and_joined_at_every_byte_are_answered_as_by_plain_uvicorn(
    site: Site, first: bytes
) -> None:
    site.memoise(*HEADS)
    for second in (HEADS[2], HEADS[7]):
        stream = first + HIT + second
        expected = site.plain(first, HIT, second)
        for at in range(len(stream) + 1):
            assert site.wire().send(stream[:at], stream[at:]) == expected, at
        assert site.wire().send(*(stream[at : at + 1] for at in range(len(stream)))) == expected
        assert site.wire().send(first, HIT, second) == expected


@pytest.fixture(scope="module")
def memoised_site(clock: Clock) -> Site:
    site = Site(clock)
    site.memoise(*HEADS)
    return site


@settings(max_examples=150)
@given(data=st.data())
def test_any_packets_among_memoised_ones_are_answered_as_by_plain_uvicorn(
    clock: Clock, memoised_site: Site, data: st.DataObject
) -> None:
    site = memoised_site
    pieces = data.draw(st.lists(st.sampled_from(HEADS * 2 + OTHERS), min_size=1, max_size=6))
    stream = b"".join(pieces)
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=3))
    ends = [sum(map(len, pieces[:number])) for number in range(len(pieces) + 1)]
    edges = sorted({*cuts, *data.draw(st.sampled_from([ends, [0, len(stream)]])), 0, len(stream)})
    packets = [stream[start:end] for start, end in pairwise(edges)]
    plain, memoised = site.wire(HttpToolsProtocol), site.wire()
    assert memoised.send(*packets) == plain.send(*packets)
    assert memoised.is_closed == plain.is_closed
    clock.pass_seconds(60)
    assert memoised.is_closed
    assert not len(site.config.open_connections)


def _expire(site: Site) -> None:
    site.time.forward(seconds=61)


def _evict(site: Site) -> None:
    site.cache.store.clear()


def _stop_serving(site: Site) -> None:
    site.cache.serving = False


def _replace_page(site: Site) -> None:
    for language in ("en", "sv"):
        site.put(language, "Changed")


def _publish_less(site: Site) -> None:
    site.cache.facts = replace(FACTS, languages=("en",))


def _replace_cache(site: Site) -> None:
    site.open_cache()
    _replace_page(site)


def _invalidate(site: Site) -> None:
    site.cache.store.invalidate()


def _unpin(site: Site) -> None:
    site.cache.store.pin(b"/en/")
    site.memoise(HIT)
    site.cache.store.invalidate()
    assert site.wire().send(HIT) == site.plain(HIT)
    site.cache.store.unpin_except([])


def _require(site: Site) -> None:
    site.cache.store.pin(b"/en/")
    site.memoise(HIT)
    site.cache.store.require(site.cache.store.invalidate())


def _next_second(site: Site) -> None:
    site.state.default_headers = [(b"date", b"another time")]


def _drain(site: Site) -> None:
    site.middleware.draining = True


@pytest.mark.parametrize(
    "change",
    [
        *(_expire, _evict, _stop_serving, _replace_page, _publish_less, _replace_cache),
        *(_invalidate, _unpin, _require, _next_second, _drain),
    ],
)
def test_a_memoised_request_is_answered_from_what_the_cache_has_now(
    site: Site, change: Callable[[Site], None]
) -> None:
    site.memoise(*HEADS)
    open_before = site.wire()
    open_before.send(HIT)
    former = {head: site.plain(head) for head in HEADS}
    change(site)
    expected = {head: site.plain(head) for head in HEADS}
    assert expected != former
    for _ in range(3):
        assert {head: site.wire().send(head) for head in HEADS} == expected
    assert open_before.send(HIT) == former[HIT] + expected[HIT]


def test_a_memoised_request_counts_as_one_that_is_parsed(site: Site) -> None:
    asked = HIT.replace(HOST, HOST + NAVIGATE + b"Accept-Language: pl\r\n")
    asked_by_head = asked.replace(b"GET", b"HEAD")
    for head in (asked, asked_by_head):
        counts = []
        for _ in range(6):
            hits, size = site.middleware.hits, site.middleware.sent_bytes
            total = site.state.total_requests
            site.wire().send(head)
            views = dict(site.cache.reader_languages.take())
            counts.append(
                (
                    site.middleware.hits - hits,
                    site.middleware.sent_bytes - size,
                    site.state.total_requests - total,
                    views,
                )
            )
        assert counts == counts[:1] * 6
        assert counts[0][0] == counts[0][2] == 1
        assert counts[0][3] == ({(b"pl", "en"): 1} if head is asked else {})


def test_pages_of_memoised_requests_stay_in_demand_and_in_memory(site: Site) -> None:
    site.memoise(HIT)
    for _ in range(4):
        site.time.forward(minutes=2)
        site.put("en", seconds=600)
        site.memoise(HIT)
        site.cache.store.recently_requested()
    site.wire().send(HIT)
    assert b"/en/" in site.cache.store.recently_requested()
    assert site.cache.store.languages_in_demand() == ("en",)
    for number in range(300):
        site.put(f"x{number}")
        site.wire().send(HIT)
    assert site.cache.store.get(b"/x0/") is None
    assert site.cache.store.get(b"/en/") is not None


def test_no_memoised_answer_is_written_while_the_client_does_not_read(site: Site) -> None:
    site.memoise(HIT)
    wire = site.wire()
    sent = wire.send(HIT)
    wire.transport.unsent = 100_000
    wire.protocol.pause_writing()
    assert wire.send(HIT) == sent
    wire.transport.unsent = 0
    wire.protocol.resume_writing()
    site.clock.settle()
    assert wire.transport.sent == sent * 2


@pytest.mark.parametrize("way", [LimitedProtocol, PageCacheProtocol])
def test_clients_that_read_nothing_of_a_large_page_share_its_bytes(
    site: Site, way: type[HttpToolsProtocol]
) -> None:
    site.put("en", "Hello" * 1000)
    page = site.cache.store.get(b"/en/")
    assert page is not None
    site.memoise(HIT)
    for wire, packet in ((site.wire(way), HIT), (site.wire(way), HIT + HIT)):
        wire.send(packet)
        assert wire.transport.holds(page.body)
        assert wire.transport.sent.count(page.body) == len(packet) // len(HIT)


@pytest.mark.parametrize("first", [OTHERS[3], OTHERS[8], OTHERS[8][:-1], OTHERS[8][:-2]])
def test_no_memoised_answer_comes_before_that_to_an_earlier_request(
    clock: Clock, first: bytes
) -> None:
    may_answer = asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await may_answer.wait()
        await echo(scope, receive, send)

    site = Site(clock, slow)
    site.memoise(HIT)
    wires = site.wire(HttpToolsProtocol), site.wire()
    assert wires[0].send(first, HIT) == wires[1].send(first, HIT)
    may_answer.set()
    for wire in wires:
        # uvicorn reads no further until the first request is answered.
        clock.settle()
        wire.send(HIT)
    assert wires[0].transport.sent == wires[1].transport.sent


def test_memoised_requests_keep_the_times_of_a_connection(site: Site) -> None:
    site.memoise(HIT)
    wire = site.wire()
    for _ in range(5):
        wire.send(HIT)
        site.clock.pass_seconds(4.9)
        assert not wire.is_closed
    site.clock.pass_seconds(0.2)
    assert wire.is_closed
    slow = site.wire()
    slow.send(HIT, HIT[:9])
    site.clock.pass_seconds(9.9)
    assert not slow.is_closed
    site.clock.pass_seconds(0.2)
    assert slow.status == 408


def test_many_answers_on_one_connection_take_one_timer(site: Site) -> None:
    site.memoise(HIT)
    running = site.clock.timers_running
    wire = site.wire()
    wire.send(HIT)
    started = site.clock.timers_started
    wire.send(*[HIT] * 50)
    assert site.clock.timers_started == started
    assert site.clock.timers_running == running + 1
    wire.transport.abort()
    site.clock.settle()
    assert site.clock.timers_running == running


def test_a_connection_that_was_just_used_is_not_the_one_that_is_closed_for_room(
    site: Site,
) -> None:
    site.memoise(HIT)
    config = LimitedConfig(
        site.middleware,
        limits=replace(site.config.open_connections.limits, idle_connections=2),
        ws="none",
        proxy_headers=False,
        lifespan="off",
        log_config=None,
    )
    config.load()
    first, second = (Wire(site.clock, PageCacheProtocol, config, site.state) for _ in range(2))
    first.send(HIT)
    third = Wire(site.clock, PageCacheProtocol, config, site.state)
    assert [each.is_closed for each in (first, second, third)] == [False, True, False]


def test_a_connection_makes_no_parser_before_a_request_that_is_not_memoised(site: Site) -> None:
    site.memoise(HIT)
    wire = site.wire()
    wire.send(HIT, HIT)
    assert wire.protocol.parser is None
    assert wire.send(HIT, OTHERS[3], HIT) == site.plain(*[HIT] * 3, OTHERS[3], HIT)
    assert wire.protocol.parser is not None


@pytest.mark.parametrize("packets", [(), (HIT,), (HIT, OTHERS[3])])
def test_a_server_that_ends_closes_idle_connections_of_every_kind(
    site: Site, packets: tuple[bytes, ...]
) -> None:
    site.memoise(HIT)
    wire = site.wire()
    wire.send(*packets)
    assert wire.protocol in site.state.connections
    wire.protocol.shutdown()
    assert wire.is_closed
    site.clock.settle()
    assert wire.protocol not in site.state.connections


def test_a_memoised_answer_that_is_not_read_does_not_keep_its_connection(site: Site) -> None:
    site.memoise(HEADS[7])
    wire = site.wire()
    wire.transport.unsent = 5000
    wire.send(HEADS[7])
    assert wire.is_closed
    site.clock.pass_seconds(14)
    assert not wire.transport.aborted
    site.clock.pass_seconds(2)
    assert wire.transport.aborted


@pytest.mark.parametrize("protocol", [LimitedProtocol, PageCacheProtocol])
def test_a_closed_connection_leaves_no_timer(site: Site, protocol: type[HttpToolsProtocol]) -> None:
    site.memoise(HEADS[7])
    for packet in (HEADS[7], HEADS[7].replace(b"sv", b"en"), OTHERS[0]):
        running = site.clock.timers_running
        wire = site.wire(protocol)
        wire.transport.unsent = 100
        wire.send(packet)
        wire.transport.abort()
        site.clock.settle()
        assert site.clock.timers_running == running


# -- the bounds of a memo --------------------------------------------------------------------------


def _request() -> MemoisedRequest:
    return MemoisedRequest(b"/en/", b"", RequestHeaders(), is_head=False, closes=False)


def _offer(memo: RequestMemo, head: bytes, *, body_bytes: int = 1000) -> None:
    for _ in range(2):
        memo.offer(head, _request(), body_bytes)


def test_a_head_of_more_than_2_kb_is_not_memoised(site: Site) -> None:
    for size, is_memoised in [(2048, True), (2049, False)]:
        head = HIT.replace(HOST, HOST + b"Cookie: ")
        head = head[:-2] + b"a" * (size - len(head) - 2) + b"\r\n\r\n"
        assert len(head) == size
        expected = site.plain(head)
        for _ in range(4):
            assert site.wire().send(head) == expected
        assert (site.middleware.memo.get(head) is not None) == is_memoised


def test_heads_that_never_repeat_are_not_memoised(site: Site) -> None:
    for number in range(50):
        site.wire().send(HIT.replace(HOST, HOST + b"X-Number: %d\r\n" % number))
    assert not len(site.middleware.memo)


def test_a_memo_is_bounded_in_number_and_in_bytes() -> None:
    memo = RequestMemo()
    for number in range(10_000):
        _offer(memo, b"%d" % number)
        assert len(memo) <= 2000
    large = RequestMemo()
    for number in range(500):
        _offer(large, b"%d" % number, body_bytes=200_000)
        assert len(large) <= 42
    _offer(large, b"too large", body_bytes=300_000)
    assert large.get(b"too large") is None


def test_a_head_in_use_survives_any_number_of_others() -> None:
    memo = RequestMemo()
    _offer(memo, HIT)
    for number in range(10_000):
        _offer(memo, b"%d" % number)
        assert memo.get(HIT) is not None
