"""File formats that are given in place of the expected one, and what to do about each."""

from collections.abc import Sequence

__all__ = ["advice_on"]

_GZIP = "It is compressed: unpack it first."
_ARCHIVE = "It is an archive: unpack it first, and give the file in it."
_UTF_16 = "It is UTF-16: save it as UTF-8."
_DUMP = "It is a dump in SQL: make a SQLite file of the database with a converter."
_WEB_PAGE = "It is a web page, maybe one that asks for a sign-in."
_SIGNATURES: Sequence[tuple[bytes, str]] = (
    (b"\x1f\x8b", _GZIP),
    (b"BZh", _GZIP),
    (b"\xfd7zXZ\x00", _GZIP),
    (b"\x28\xb5\x2f\xfd", _GZIP),
    (b"PK\x03\x04", _ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", _ARCHIVE),
    (b"\xff\xfe", _UTF_16),
    (b"\xfe\xff", _UTF_16),
    (b"SQLite format 3\x00", "It is a SQLite database."),
    (b"PGDMP", _DUMP),
)
# POSIX.1-1988: where a header of tar has its format.
_TAR, _TAR_AT = b"ustar", 257
_BEGINNINGS: Sequence[tuple[bytes, str]] = (
    (b"<!doctype html", _WEB_PAGE),
    (b"<html", _WEB_PAGE),
    (b"-- mysql dump", _DUMP),
    (b"-- mariadb dump", _DUMP),
    (b"/*m!999999", _DUMP),
    (b"/*!40", _DUMP),
    (b"--\n-- postgresql database dump", _DUMP),
    (b"pragma foreign_keys=off;\nbegin transaction;", _DUMP),
)


def advice_on(content: bytes) -> str:
    """What a file is, by its first bytes, and what to do; empty without another known format.

    The sentence begins with a blank, to be put behind another one.
    """
    found = next((advice for start, advice in _SIGNATURES if content.startswith(start)), "")
    if not found and content[_TAR_AT:].startswith(_TAR):
        found = _ARCHIVE
    text = content[:1_000].removeprefix(b"\xef\xbb\xbf").lstrip().lower().replace(b"\r\n", b"\n")
    found = found or next((advice for start, advice in _BEGINNINGS if text.startswith(start)), "")
    return f" {found}" if found else ""
