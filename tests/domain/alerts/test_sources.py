"""Rules for inbound events before an adapter parses them."""

import gzip
import zlib

import pytest

from app.domain.alerts.sources import (
    blank_query,
    decompress_body,
    replace_unstorable,
    stored_headers,
)
from app.domain.errors import InvalidError

BODY = b"status=down " * 20


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("", BODY),
        ("br", BODY),
        ("gzip", gzip.compress(BODY, mtime=0)),
        (" GZIP ", gzip.compress(BODY, mtime=0)),
        ("deflate", zlib.compress(BODY)),
    ],
)
def test_a_compressed_body_is_decompressed(encoding: str, body: bytes) -> None:
    assert decompress_body(body, encoding, 1000) == BODY


@pytest.mark.parametrize("body", [b"no gzip", gzip.compress(bytes(1001), mtime=0)])
def test_a_broken_body_and_one_that_is_too_large_are_refused(body: bytes) -> None:
    with pytest.raises(InvalidError) as refused:
        decompress_body(body, "gzip", 1000)
    assert refused.value.code == "body_unreadable"


def test_only_headers_without_secrets_are_stored() -> None:
    sent = {"authorization": "Bearer x", "ce-id": "7", "user-agent": "curl/8"}
    assert stored_headers(sent) == {"ce-id": "7", "user-agent": "curl/8"}


def test_characters_that_no_database_stores_are_replaced() -> None:
    assert replace_unstorable("a\x00b\ud800c") == "a\ufffdb\ufffdc"


@pytest.mark.parametrize(
    ("query", "stored"),
    [
        ("a=1&b=", "a=1&b="),
        ("token=s3cret&a=1", "token=&a=1"),
        ("TOKEN=s3cret", "TOKEN="),
        ("a=%C3%A5&token=s3cret", "a=%C3%A5&token="),
    ],
)
def test_a_query_is_stored_without_its_secrets(query: str, stored: str) -> None:
    assert blank_query(query) == stored


def test_a_value_that_an_alert_shows_stays_in_the_query() -> None:
    assert blank_query("token=web-1", ["web-1 is down"]) == "token=web-1"
