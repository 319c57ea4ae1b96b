"""Responses with ETag, content coding and 304 for bytes that are not in the page cache."""

import gzip

import pytest
from starlette.requests import Request
from starlette.responses import Response

from app.web.page_cache.serving.responses import bytes_response

BODY = b"{" + b'"name": "Fyr", ' * 100 + b"}"


def respond(
    body: bytes = BODY, *, method: str = "GET", status: int = 200, **headers: str
) -> Response:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    request = Request({"type": "http", "method": method, "headers": raw})
    return bytes_response(
        request,
        body,
        content_type="application/json",
        cache_control="max-age=60",
        headers=(("X-Test", "1"),),
        status=status,
    )


def test_the_body_is_sent_in_a_coding_that_the_client_accepts() -> None:
    response = respond(accept_encoding="gzip")
    assert gzip.decompress(bytes(response.body)) == BODY
    assert response.headers["Content-Encoding"] == "gzip"
    assert response.headers["Content-Length"] == str(len(response.body))
    assert response.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("body", [BODY, b"short"])
def test_the_body_is_sent_as_it_is_where_no_coding_helps(body: bytes) -> None:
    response = respond(body, accept_encoding="" if body is BODY else "gzip")
    assert response.body == body
    assert "Content-Encoding" not in response.headers


def test_headers_and_status_are_those_given() -> None:
    response = respond(status=404)
    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "max-age=60"
    assert response.headers["X-Test"] == "1"


def test_head_has_the_headers_of_get_and_no_body() -> None:
    head, get = respond(method="HEAD"), respond()
    assert head.body == b""
    assert head.raw_headers == get.raw_headers


@pytest.mark.parametrize("prefix", ["", "W/", '"other", '])
def test_a_client_that_has_the_body_gets_304(prefix: str) -> None:
    etag = respond().headers["ETag"]
    response = respond(if_none_match=f"{prefix}{etag}")
    assert (response.status_code, response.body) == (304, b"")
    assert response.headers["Cache-Control"] == "max-age=60"
    assert "Content-Type" not in response.headers


def test_the_etag_differs_between_codings() -> None:
    etags = {respond(accept_encoding=each).headers["ETag"] for each in ("br", "gzip", "")}
    assert len(etags) == 3


def test_an_error_is_never_answered_with_304() -> None:
    assert respond(status=404, if_none_match="*").status_code == 404
