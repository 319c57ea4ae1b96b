"""Rules for inbound events before an adapter parses them."""

import gzip
import zlib

import pytest

from app.domain.alerts.sources import decompress_body, replace_unstorable, stored_headers
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
