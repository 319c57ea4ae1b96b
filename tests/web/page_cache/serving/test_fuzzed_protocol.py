"""Generated connections get from the limited protocols what plain uvicorn sends, or a refusal."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.web.page_cache.serving.limited_protocol import LimitedConfig, LimitedProtocol
from app.web.page_cache.serving.uvicorn_protocol import PageCacheProtocol
from app.web.page_cache.static_files import asset_pages
from tests.web.page_cache.serving.wire import Clock, Wire, echo, front

WAYS = (LimitedProtocol, PageCacheProtocol)
ASSET = next(iter(asset_pages()))
REFUSALS = {408, 414, 431}

METHODS = st.sampled_from([b"GET", b"GET", b"GET", b"HEAD", b"POST", b"PUT", b"OPTIONS", b"BREW"])
TARGETS = st.sampled_from(
    [ASSET, ASSET, ASSET + b"?a=b", b"/", b"/x%20y?q", b"*", b"http://h/a", b"h:80", b"/\xff", b""]
)
VERSIONS = st.sampled_from([b"HTTP/1.1"] * 8 + [b"HTTP/1.0", b"HTTP/2.0", b"HTTP/0.9"])
FIELDS = st.sampled_from(
    [
        *(b"Host: h", b"Accept-Encoding: br", b"Accept-Encoding: gzip, zstd", b"Cookie: a=b"),
        *(b"Connection: close", b"Connection: keep-alive", b"Expect: 100-continue", b"X:", b": x"),
        *(b"Connection: upgrade\r\nUpgrade: h2c", b"Connection: Upgrade\r\nUpgrade: websocket"),
        *(b"Accept: text/plain", b"If-None-Match: *", b"X-Long: " + b"x" * 5000, b"X y: z", b" f"),
    ]
)
BODIES = st.sampled_from(
    [
        *(b"\r\n",) * 4,
        *(b"Content-Length: 0\r\n\r\n", b"Content-Length: 5\r\n\r\nhello"),
        *(b"Content-Length: 9\r\n\r\nshort", b"Content-Length: -1\r\n\r\n"),
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nX-Trailer: t\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    ]
)


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    line = b" ".join([draw(METHODS), draw(TARGETS), draw(VERSIONS)])
    fields = draw(st.lists(FIELDS, max_size=4))
    return b"\r\n".join([line, *fields, draw(BODIES)])


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """Some requests, sometimes with bytes changed, taken out or put in."""
    stream = b"".join(draw(st.lists(requests(), min_size=1, max_size=4)))
    for _ in range(draw(st.sampled_from([0, 0, 1, 3]))):
        at = draw(st.integers(0, len(stream)))
        gone = draw(st.integers(0, 3))
        stream = stream[:at] + draw(st.binary(max_size=3)) + stream[at + gone :]
    return stream


def _is_valid(field: bytes) -> bool:
    name = field.partition(b":")[0]
    return bool(name) and b" " not in name


@st.composite
def oversize_heads(draw: st.DrawFn) -> bytes:
    """A head of which one part is too large, complete or not."""
    method = draw(st.sampled_from([b"GET", b"POST", b"HEAD"]))
    rest = draw(st.lists(FIELDS.filter(_is_valid), max_size=3))
    filler = bytes([draw(st.integers(97, 122))])
    size = draw(st.integers(0, 200_000))
    ending = draw(st.sampled_from([b"\r\n\r\n", b"\r\nContent-Length: 3\r\n\r\nabc"]))
    large, line = b"X: y", method + b" /x HTTP/1.1"
    match draw(st.sampled_from(["line", "field", "name", "number"])):
        case "line":
            line = method + b" /" + filler * (16_384 + size) + b" HTTP/1.1"
        case "field":
            large = b"X: " + filler * (65_536 + size)
        case "name":
            large = b"X-" + filler * (65_536 + size) + b": y"
        case "number":
            large = b"\r\n".join([b"X: y"] * (101 + size // 1000))
    return b"\r\n".join([line, *rest, large]) + ending


@st.composite
def packets_of(draw: st.DrawFn, stream: bytes) -> list[bytes]:
    cuts = draw(st.lists(st.integers(0, len(stream)), max_size=4))
    edges = [0, *sorted(cuts), len(stream)]
    return [stream[start:end] for start, end in pairwise(edges) if start < end]


@pytest.fixture(scope="module")
def clock() -> Iterator[Clock]:
    clock = Clock()
    yield clock
    clock.end()


@pytest.fixture(scope="module")
def config() -> LimitedConfig:
    return front(echo)


@settings(max_examples=250)
@given(data=st.data())
def test_what_is_within_the_limits_is_answered_as_by_plain_uvicorn(
    clock: Clock, config: LimitedConfig, data: st.DataObject
) -> None:
    packets = data.draw(packets_of(data.draw(streams())))
    plain = Wire(clock, HttpToolsProtocol, config)
    expected, is_closed = plain.send(*packets), plain.is_closed
    for way in WAYS:
        wire = Wire(clock, way, config)
        assert wire.send(*packets) == expected, way
        assert wire.is_closed == is_closed, way
        clock.pass_seconds(60)
        assert wire.is_closed, way
        assert not len(config.open_connections)


@settings(max_examples=60)
@given(data=st.data())
def test_what_is_too_large_is_refused_however_it_is_cut(
    clock: Clock, config: LimitedConfig, data: st.DataObject
) -> None:
    earlier = data.draw(
        st.sampled_from([b"", b"", b"GET " + ASSET + b" HTTP/1.1\r\nHost: h\r\n\r\n"])
    )
    packets = data.draw(packets_of(earlier + data.draw(oversize_heads())))
    for way in WAYS:
        wire = Wire(clock, way, config)
        answer = wire.send(*packets)
        assert wire.status in REFUSALS or (earlier and wire.is_closed), way
        assert answer.count(b"HTTP/1.1 200") == bool(earlier), way
        clock.pass_seconds(60)
        assert wire.is_closed, way
        assert not len(config.open_connections)
