"""Address of a source: validation of what was given as SOURCE."""

from urllib.parse import SplitResult, urlsplit

from app.domain.errors import InvalidError

__all__ = ["parse_address"]

_HTTP = ("http://", "https://")


def parse_address(source: str) -> SplitResult:
    """The parts of the address of a source. Raises InvalidError when it is none, has a query, or
    has credentials, which would be in logs.
    """
    has_scheme = source.startswith(_HTTP) or "://" in source
    text = source if has_scheme else f"https://{source}"
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or not text.startswith(_HTTP):
        raise InvalidError(
            "SOURCE is no address such as https://status.example.com.", code="import_source_url"
        )
    if "@" in parts.netloc:
        raise InvalidError(
            "SOURCE must not contain a user name, password or token. Put the token into "
            "FYR_IMPORT_TOKEN.",
            code="import_source_url",
        )
    if parts.query or parts.fragment:
        raise InvalidError("SOURCE must be an address without a query.", code="import_source_url")
    return parts
