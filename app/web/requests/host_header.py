"""Host header: exactly one that names a host (RFC 9112, section 3.2).

Servers disagree on which of two counts: a proxy would route by one and the application answer for
the other.
"""

import re
from collections.abc import Iterable

__all__ = ["is_valid_host", "sent_host"]

# RFC 9110, section 7.2: a name or an address, and a port; no user information.
_HOST = re.compile(rb"(?:[A-Za-z0-9._~-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{0,5})?")


def sent_host(headers: Iterable[tuple[bytes, bytes]]) -> bytes | None:
    """The value of the Host header; empty when there are several, None when there is none."""
    found = [value for name, value in headers if name == b"host"]
    if not found:
        return None
    return found[0] if len(found) == 1 else b""


def is_valid_host(host: bytes | None, http_version: str) -> bool:
    """Whether a request may have this Host header. Only HTTP/1.0 allows that there is none."""
    if host is None:
        return http_version == "1.0"
    return _HOST.fullmatch(host) is not None
