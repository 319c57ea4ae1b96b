"""Host name matching by RFC 9525, which replaced RFC 6125.

Only subjectAltName counts; a common name never does (RFC 9525 section 2).
"""

from collections.abc import Iterable
from functools import lru_cache

from app.host_names import ascii_host, ip_literal
from app.trust.x509.certificate import Certificate

__all__ = ["matches"]


@lru_cache(maxsize=64)  # one chain is judged for many profiles in a row
def matches(host: str, certificate: Certificate) -> bool:
    """Return whether `certificate` is issued for `host`.

    `host` is a DNS name (also with non-ASCII letters) or an IP address (also as `[::1]`). An
    address matches iPAddress entries only, a name dNSName entries only.
    """
    address = ip_literal(host)
    if address is not None:
        return address in certificate.extensions.ip_addresses
    name = ascii_host(host)
    return name is not None and _any_matches(name, certificate.extensions.dns_names)


def _any_matches(name: str, patterns: Iterable[str]) -> bool:
    first, _, rest = name.partition(".")
    return any(_matches(name, first, rest, pattern.lower()) for pattern in patterns)


def _matches(name: str, first: str, rest: str, pattern: str) -> bool:
    if pattern == name:
        return True
    # RFC 9525 section 6.3: the wildcard is the whole left-most label and matches exactly one label.
    # As in OpenSSL, two labels must follow it, so that `*.com` matches nothing.
    head, _, tail = pattern.partition(".")
    return head == "*" and bool(first) and tail == rest and "." in tail
