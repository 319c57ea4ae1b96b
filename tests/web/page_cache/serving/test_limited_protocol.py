"""A connection has limits of size, time and number, in both ways that requests are answered."""

import asyncio
from collections.abc import Iterator

import pytest
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.web.page_cache.serving.limited_protocol import LimitedProtocol
from app.web.page_cache.serving.uvicorn_protocol import PageCacheProtocol
from app.web.page_cache.static_files import asset_pages
from app.web.requests.host_check import HostCheck
from tests.web.page_cache.serving.wire import Clock, Wire, echo, front, parts

ASSET = next(iter(asset_pages()))
HOST = b"Host: h\r\n"
GET = b"GET /x HTTP/1.1\r\nHost: h\r\n\r\n"
HIT = b"GET " + ASSET + b" HTTP/1.1\r\nHost: h\r\n\r\n"
POST = b"POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n"
CHUNKED = b"POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
LINE, HEADERS, FIELDS = 16_384, 65_536, 100


@pytest.fixture(scope="module")
def clock() -> Iterator[Clock]:
    clock = Clock()
    yield clock
    clock.end()


@pytest.fixture(params=[LimitedProtocol, PageCacheProtocol])
def way(request: pytest.FixtureRequest) -> type[HttpToolsProtocol]:
    way: type[HttpToolsProtocol] = request.param
    return way


@pytest.fixture
def wire(clock: Clock, way: type[HttpToolsProtocol]) -> Wire:
    return Wire(clock, way, front(echo))


async def never(_scope: Scope, receive: Receive, _send: Send) -> None:
    """An application that neither reads nor answers until the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


def line(size: int) -> bytes:
    rest = len(b"GET /?q= HTTP/1.1")
    return b"GET /?q=" + b"a" * (size - rest) + b" HTTP/1.1\r\n"


# -- the size of a head ----------------------------------------------------------------------------


@pytest.mark.parametrize("packet", [1000, 65_536])
def test_a_request_line_of_16_kb_is_accepted_and_a_longer_one_is_answered_with_414(
    clock: Clock, way: type[HttpToolsProtocol], packet: int
) -> None:
    for size, status in [(LINE, 200), (LINE + 1, 414), (LINE * 3, 414)]:
        wire = Wire(clock, way, front(echo))
        wire.send(*parts(line(size) + HOST + b"\r\n", packet))
        assert wire.status == status
    assert b'"url_too_long"' in wire.transport.sent
    assert b"connection: close\r\n" in wire.transport.sent


@pytest.mark.parametrize(
    "start", [b"GET /", b"POST http://h/", b"OPTIONS ", b"GET /?", b"GET /#", b"CONNECT "]
)
def test_a_request_line_of_40_mb_is_refused_as_it_arrives(wire: Wire, start: bytes) -> None:
    wire.send(start)
    packet = b"a" * 65_536
    for _ in range(640):
        wire.send(packet)
    assert wire.status in {400, 414}
    assert len(wire.protocol.url) <= LINE + len(packet)
    assert wire.transport.sent.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize("packet", [1000, 200_000])
def test_headers_of_64_kb_are_accepted_and_larger_ones_are_answered_with_431(
    clock: Clock, way: type[HttpToolsProtocol], packet: int
) -> None:
    for size, status in [(HEADERS, 200), (HEADERS + 1, 431)]:
        for count in (1, 50):
            room = size - len(HOST) - count * len(b"X: \r\n")
            values = [b"a" * (room // count)] * count
            values[-1] += b"a" * (room % count)
            fields = b"".join(b"X: %b\r\n" % value for value in values)
            wire = Wire(clock, way, front(echo))
            wire.send(*parts(b"GET /x HTTP/1.1\r\n" + HOST + fields + b"\r\n", packet))
            assert wire.status == status, (size, count)
    assert b'"headers_too_large"' in wire.transport.sent


def test_100_header_fields_are_accepted_and_one_more_is_answered_with_431(
    clock: Clock, way: type[HttpToolsProtocol]
) -> None:
    for target in (b"/x", ASSET):
        for count, status in [(FIELDS, 200), (FIELDS + 1, 431)]:
            wire = Wire(clock, way, front(echo))
            fields = HOST + b"X: y\r\n" * (count - 1)
            wire.send(b"GET " + target + b" HTTP/1.1\r\n" + fields + b"\r\n")
            assert wire.status == status


@pytest.mark.parametrize(
    "endless", [b"X: ", b"X", b"X:" + b" " * 9, b"X: y\r\n ", b"Cookie: a=b\r\nCookie: "]
)
def test_headers_of_61_mb_are_refused_as_they_arrive(wire: Wire, endless: bytes) -> None:
    wire.send(b"GET /x HTTP/1.1\r\n" + HOST + endless)
    packet = b"a" * 65_536
    for _ in range(3):
        wire.send(packet)
    assert wire.status in {400, 431}
    for _ in range(930):
        wire.send(packet)
    assert wire.transport.sent.count(b"HTTP/1.1") == 1


def test_spaces_before_the_version_and_empty_lines_before_a_request_are_no_way_around(
    clock: Clock, way: type[HttpToolsProtocol]
) -> None:
    spaces = Wire(clock, way, front(echo))
    spaces.send(b"GET /x ", *[b" " * 65_536] * 4)
    assert spaces.status in {400, 431}
    lines = Wire(clock, way, front(echo))
    for _ in range(9):
        lines.send(b"\r\n" * 1000)
        clock.pass_seconds(1.0)
    assert not lines.is_closed
    lines.send(b"\r\n")
    clock.pass_seconds(1.0)
    assert lines.is_closed


@pytest.mark.parametrize("packet", [1000, 65_536])
@pytest.mark.parametrize(
    "rest",
    [
        b"0\r\nX-Trailer: " + b"a" * 200_000,
        b"0\r\n" + b"X-Trailer: a\r\n" * 15_000,
        b"5;" + b"a" * 200_000,
        b"5;x=" + b"a" * 200_000 + b"\r\nhello",
    ],
)
def test_trailers_and_chunk_extensions_have_limits_too(
    wire: Wire, rest: bytes, packet: int
) -> None:
    wire.send(CHUNKED + b"5\r\nhello\r\n", *parts(rest, packet))
    assert wire.status == 431
    assert wire.transport.ended


def test_a_trailer_is_no_header(clock: Clock, way: type[HttpToolsProtocol]) -> None:
    seen: list[tuple[bytes, bytes]] = []

    async def late(scope: Scope, receive: Receive, send: Send) -> None:
        await echo(scope, receive, send)
        seen.extend(scope["headers"])

    wire = Wire(clock, way, front(late))
    wire.send(CHUNKED + b"5\r\nhello\r\n0\r\nX-Role: admin\r\n\r\n")
    assert wire.status == 200
    assert seen == [(b"host", b"h"), (b"transfer-encoding", b"chunked")]


@pytest.mark.parametrize("target", [ASSET, b"/x"])
@pytest.mark.parametrize(
    "hosts", [b"", b"Host: h\r\nHost: evil.example\r\n", b"Host: a b\r\n", b"Host: u@h\r\n"]
)
def test_no_page_is_answered_from_memory_without_exactly_one_host(
    clock: Clock, way: type[HttpToolsProtocol], target: bytes, hosts: bytes
) -> None:
    passed: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        passed.append(scope["path"])
        await HostCheck(echo)(scope, receive, send)

    wire = Wire(clock, way, front(app))
    wire.send(b"GET " + target + b" HTTP/1.1\r\n" + hosts + b"\r\n")
    assert wire.status == 400
    assert passed == [target.decode()]


# -- time ------------------------------------------------------------------------------------------


def test_a_connection_that_says_nothing_is_closed_after_ten_seconds(
    clock: Clock, wire: Wire
) -> None:
    clock.pass_seconds(9.9)
    assert not wire.is_closed
    clock.pass_seconds(0.2)
    assert wire.is_closed
    assert wire.transport.sent == b""


@pytest.mark.parametrize("head", [GET, b"POST /x HTTP/1.1\r\nContent-Length: 5\r\n\r\n"])
def test_a_head_that_arrives_byte_by_byte_has_ten_seconds(
    clock: Clock, wire: Wire, head: bytes
) -> None:
    for number in range(20):
        wire.send(head[number : number + 1])
        clock.pass_seconds(0.49)
    assert wire.transport.sent == b""
    clock.pass_seconds(0.3)
    assert wire.status == 408
    assert b'"too_slow"' in wire.transport.sent
    clock.pass_seconds(2.1)
    assert wire.transport.aborted


def test_the_time_for_a_head_begins_again_with_each_request(clock: Clock, wire: Wire) -> None:
    for request in (GET, HIT, GET, HIT):
        clock.pass_seconds(4.0)
        wire.send(request[:9])
        clock.pass_seconds(8.0)
        wire.send(request[9:])
        assert wire.status == 200
    assert wire.transport.sent.count(b"HTTP/1.1 200") == 4
    wire.send(GET[:9])
    clock.pass_seconds(10.1)
    assert wire.status == 408


def test_an_idle_connection_is_closed_after_the_keep_alive_time_as_before(
    clock: Clock, wire: Wire
) -> None:
    for request in (GET, HIT):
        wire.send(request)
        clock.pass_seconds(4.9)
        assert not wire.is_closed
    clock.pass_seconds(0.2)
    assert wire.is_closed


@pytest.mark.parametrize("body", [b"a" * 5000, b""])
def test_a_body_has_to_arrive_with_a_kilobyte_each_second(
    clock: Clock, wire: Wire, body: bytes
) -> None:
    wire.send(POST % 1_000_000)
    for _ in range(9):
        wire.send(body[:500])
        clock.pass_seconds(1.0)
    assert not wire.is_closed
    clock.pass_seconds(1.1)
    assert wire.status == 408
    clock.pass_seconds(2.1)
    assert wire.transport.aborted


def test_a_body_of_many_tiny_chunks_counts_as_its_bytes(clock: Clock, wire: Wire) -> None:
    wire.send(CHUNKED)
    for _ in range(20):
        wire.send(b"1;" + b"e" * 3000 + b"\r\na\r\n")
        clock.pass_seconds(0.6)
    assert wire.status == 408


def test_a_slow_but_steady_body_is_accepted(clock: Clock, wire: Wire) -> None:
    wire.send(POST % 60_000)
    for _ in range(60):
        wire.send(b"a" * 1000)
        clock.pass_seconds(0.99)
    assert wire.status == 200
    assert wire.transport.sent.endswith(b" 60000")


def test_a_client_need_not_send_while_the_server_does_not_read(
    clock: Clock, way: type[HttpToolsProtocol]
) -> None:
    wire = Wire(clock, way, front(_late))
    wire.send(POST % 200_000, b"a" * 100_000)
    assert wire.transport.paused
    clock.pass_seconds(60)
    assert not wire.is_closed
    expecting = Wire(clock, way, front(_late))
    expecting.send(POST.replace(b"Host", b"Expect: 100-continue\r\nHost") % 5)
    clock.pass_seconds(60)
    assert not expecting.is_closed


async def _late(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """An application that does not come to its answer."""
    await asyncio.Event().wait()


def test_the_application_learns_that_a_slow_client_has_gone(
    clock: Clock, way: type[HttpToolsProtocol]
) -> None:
    ended: list[bool] = []

    async def reading(scope: Scope, receive: Receive, send: Send) -> None:
        await never(scope, receive, send)
        ended.append(True)

    wire = Wire(clock, way, front(reading))
    wire.send(POST % 500, b"a")
    clock.pass_seconds(10.1)
    assert ended == [True]
    assert wire.status == 408


def test_a_client_that_reads_nothing_is_cut_off_and_a_slow_reader_is_not(
    clock: Clock, way: type[HttpToolsProtocol]
) -> None:
    for speed, aborted in [(0, True), (500, True), (1000, False)]:
        wire = Wire(clock, way, front(echo))
        wire.send(GET)
        wire.transport.unsent = 100_000
        wire.protocol.pause_writing()
        for _ in range(30):
            wire.transport.unsent -= speed
            clock.pass_seconds(1.0)
        assert wire.transport.aborted == aborted, speed


def test_a_client_that_hangs_up_leaves_no_traceback_and_no_request_behind(
    clock: Clock, way: type[HttpToolsProtocol], caplog: pytest.LogCaptureFixture
) -> None:
    answer, asked = asyncio.Event(), []

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        asked.append(scope["path"])
        await answer.wait()
        await echo(scope, receive, send)

    wire = Wire(clock, way, front(slow))
    wire.send(GET * 3)
    wire.hang_up()
    answer.set()
    clock.settle()
    assert asked == ["/x"]
    assert "Traceback" not in caplog.text


def test_a_closed_connection_whose_response_is_not_read_does_not_stay(
    clock: Clock, wire: Wire
) -> None:
    wire.transport.unsent = 5000
    wire.send(GET.replace(b"Host", b"Connection: close\r\nHost"))
    assert wire.is_closed
    clock.pass_seconds(14)
    assert not wire.transport.aborted
    clock.pass_seconds(2)
    assert wire.transport.aborted


# -- number ----------------------------------------------------------------------------------------


def test_the_oldest_idle_connection_is_closed_when_there_are_too_many(
    clock: Clock, way: type[HttpToolsProtocol]
) -> None:
    config = front(echo, idle_connections=3)
    first, second, third = (Wire(clock, way, config) for _ in range(3))
    first.send(HIT)
    second.send(b"GET /slow")
    fourth = Wire(clock, way, config)
    assert [each.is_closed for each in (first, second, third, fourth)] == [0, 1, 0, 0]
    fifth = Wire(clock, way, config)
    assert [each.is_closed for each in (first, third, fourth, fifth)] == [0, 1, 0, 0]
    assert len(config.open_connections) == 3


def test_a_connection_that_waits_for_its_response_is_not_closed(
    clock: Clock, way: type[HttpToolsProtocol]
) -> None:
    config = front(_late, idle_connections=2)
    busy = [Wire(clock, way, config) for _ in range(2)]
    for each in busy:
        each.send(GET)
    silent = [Wire(clock, way, config) for _ in range(5)]
    assert not any(each.is_closed for each in busy)
    assert [each.is_closed for each in silent] == [True, True, True, False, False]


def test_when_there_is_no_room_at_all_uploads_are_cut_and_then_new_connections_get_503(
    clock: Clock, way: type[HttpToolsProtocol]
) -> None:
    config = front(_late, connections=3, idle_connections=3)
    uploads = [Wire(clock, way, config) for _ in range(3)]
    for each in uploads:
        each.send(POST % 5)
    for number in range(3):
        new = Wire(clock, way, config)
        assert uploads[number].is_closed
        new.send(GET)
        assert not new.is_closed
    refused = Wire(clock, way, config)
    assert refused.status == 503
    assert refused.is_closed
    assert b"retry-after: 5\r\n" in refused.transport.sent


def test_1100_silent_connections_do_not_end_service(
    clock: Clock, way: type[HttpToolsProtocol]
) -> None:
    config = front(echo)
    silent = [Wire(clock, way, config) for _ in range(1100)]
    assert [each.is_closed for each in silent] == [True] * 76 + [False] * 1024
    visitor = Wire(clock, way, config)
    visitor.send(HIT)
    assert visitor.status == 200


@pytest.mark.parametrize("request_", [GET, HIT])
def test_a_packet_of_pipelined_requests_is_answered_up_to_a_number(
    wire: Wire, request_: bytes
) -> None:
    wire.send(request_ * 1000)
    for _ in range(200):
        wire.clock.settle()
    answers = wire.transport.sent.count(b"HTTP/1.1 200")
    assert 400 <= answers <= 800
    assert wire.transport.sent.count(b"connection: close\r\n") == 1
    assert wire.is_closed


def test_a_refusal_comes_after_the_responses_to_earlier_requests(
    clock: Clock, way: type[HttpToolsProtocol]
) -> None:
    too_long = line(LINE + 1) + HOST + b"\r\n"
    for earlier in (GET, HIT, HIT + GET, GET + HIT):
        wire = Wire(clock, way, front(echo))
        wire.send(earlier + too_long)
        clock.settle()
        assert wire.transport.sent.count(b"HTTP/1.1 200") == earlier.count(b"GET ")
        assert b"414" not in wire.transport.sent
        assert wire.is_closed
        apart = Wire(clock, way, front(echo))
        apart.send(earlier, too_long)
        assert apart.status == 414


def test_a_request_that_cannot_be_parsed_leaves_no_line_in_the_log(
    wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    wire.send(b"\x00\r\n\r\n")
    assert wire.status == 400
    assert caplog.text == ""


def test_what_follows_a_refusal_is_read_up_to_a_limit(wire: Wire) -> None:
    wire.send(line(LINE + 1), *[b"a" * 65_536] * 10)
    assert not wire.transport.paused
    wire.send(*[b"a" * 65_536] * 10)
    assert wire.transport.paused


def test_nothing_is_answered_after_a_refusal(wire: Wire) -> None:
    wire.send(line(LINE + 1))
    sent = wire.transport.sent
    assert wire.send(GET, HIT, b"\x00") == sent
    assert wire.transport.ended
    wire.clock.pass_seconds(2.1)
    assert wire.transport.aborted
