"""Query strings of inbound events: read and written with fields that have no equals sign.

Such a field is the rest of a value with an ampersand that the sender did not escape. Pure.
"""

from collections.abc import Collection, Iterable
from urllib.parse import parse_qsl, quote_plus, unquote_plus, urlencode

__all__ = ["bare_fields", "encode_query", "parse_query"]


def parse_query(query: str) -> tuple[tuple[str, str], ...]:
    """Return names and values of a query; invalid bytes become lone surrogates (PEP 383)."""
    return tuple(parse_qsl(query, keep_blank_values=True, errors="surrogateescape"))


def bare_fields(query: str) -> frozenset[str]:
    """Return the names of the fields without an equals sign that follow another field."""
    return frozenset(
        unquote_plus(piece, errors="surrogateescape")
        for piece in query.split("&")[1:]
        if piece and "=" not in piece
    )


def encode_query(pairs: Iterable[tuple[str, str]], bare: Collection[str] = ()) -> str:
    """Write names and values as a query, the `bare` names without an equals sign."""
    return "&".join(
        quote_plus(name, errors="surrogateescape")
        if name in bare and not value
        else urlencode([(name, value)], errors="surrogateescape")
        for name, value in pairs
    )
