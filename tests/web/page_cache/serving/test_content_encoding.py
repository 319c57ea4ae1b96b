import gzip

import brotli
import pytest
import zstandard

from app.web.page_cache.serving.content_encoding import (
    accepted_codings,
    compress_smallest,
    encode_all,
)


@pytest.mark.parametrize(
    ("header", "first"),
    [
        (b"gzip, deflate, br, zstd", "br"),
        (b"gzip, zstd", "zstd"),
        (b"gzip", "gzip"),
        (b"x-gzip", "gzip"),
        (b"GZIP;Q=1", "gzip"),
        (b"br;q=0.2, gzip;q=0.9", "gzip"),
        (b"br;q=0, gzip", "gzip"),
        (b"*", "br"),
        (b"*;q=0.1, gzip;q=0.5", "gzip"),
        (b"br;q=0, *", "zstd"),
        (b"identity, gzip;q=0.5", "identity"),
        (b"identity;q=0.1, gzip;q=0.5", "gzip"),
        (b"", "identity"),
        (b"deflate", "identity"),
        (b"gzip;q=nonsense", "identity"),
        (b"gzip;level=9", "identity"),
        (b"gzip;q=1e9", "identity"),
        (b"\xff\xfe, gzip", "gzip"),
        (b";;,,;q=,", "identity"),
    ],
)
def test_the_coding_with_the_highest_weight_is_chosen_and_among_equals_the_smallest(
    header: bytes, first: str
) -> None:
    assert accepted_codings(header)[0] == first


@pytest.mark.parametrize("header", [b"identity;q=0", b"*;q=0", b"identity;q=0, gzip;q=0"])
def test_a_client_that_refuses_every_coding_gets_the_plain_body(header: bytes) -> None:
    assert accepted_codings(header)[-1] == "identity"


def test_a_refused_coding_is_never_chosen() -> None:
    assert "br" not in accepted_codings(b"br;q=0.000, *;q=0.5")


def test_long_headers_are_parsed_and_not_memoised() -> None:
    assert accepted_codings(b"gzip, " + b"x" * 60_000)[0] == "gzip"
    assert accepted_codings(b"x," * 100_000 + b"gzip") == ("identity",)


def test_every_coding_decodes_to_the_body() -> None:
    body = b"<p>All services are working</p>" * 100
    forms = encode_all(body)
    assert brotli.decompress(forms["br"]) == body
    assert zstandard.ZstdDecompressor().decompress(forms["zstd"]) == body
    assert gzip.decompress(forms["gzip"]) == body
    assert brotli.decompress(compress_smallest(body)) == body


def test_a_short_body_is_not_compressed() -> None:
    assert set(encode_all(b"short")) == {"identity"}


def test_compression_is_deterministic() -> None:
    body = b"<p>All services are working</p>" * 100
    assert encode_all(body) == encode_all(body)
