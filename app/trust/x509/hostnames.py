"""Host name matching by RFC 9525, which replaced RFC 6125, and as clients depart from it."""

from collections.abc import Iterable
from functools import cache, lru_cache
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from cryptography.x509.oid import NameOID
from publicsuffixlist import PublicSuffixList

from app.host_names import ascii_host, ip_literal
from app.trust.x509.certificate import Certificate

__all__ = ["RFC9525", "HostRules", "matches"]


class HostRules(NamedTuple):
    """How a kind of client compares host names.

    `common_names`: a common name counts where subjectAltName has no DNS name, against RFC 9525
    section 2. `suffix_wildcards` False: a wildcard directly below a public suffix of the ICANN
    section, such as `*.co.uk`, matches nothing. `final_dots`: a dot at the end of an entry does not
    count.
    """

    common_names: bool = False
    suffix_wildcards: bool = True
    final_dots: bool = False


RFC9525 = HostRules()


@lru_cache(maxsize=256)  # one chain is judged for many profiles in a row
def matches(host: str, certificate: Certificate, rules: HostRules = RFC9525) -> bool:
    """Return whether `certificate` is issued for `host`.

    `host` is a DNS name (also with non-ASCII letters) or an IP address (also as `[::1]`). An
    address matches iPAddress entries only, a name dNSName entries only, unless `rules` let common
    names count.
    """
    address, name = _read(host)
    if address is not None:
        return address in certificate.extensions.ip_addresses
    if name is None:
        return False
    entries = certificate.extensions.dns_names
    if not entries and rules.common_names:
        entries = _common_names(certificate)
    return _any_matches(name, entries, rules)


@lru_cache(maxsize=64)
def _read(host: str) -> tuple[IPv4Address | IPv6Address | None, str | None]:
    return ip_literal(host), ascii_host(host)


def _common_names(certificate: Certificate) -> tuple[str, ...]:
    if certificate.parsed is None:
        return ()
    found = certificate.parsed.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return tuple(one.value for one in found if isinstance(one.value, str))


def _any_matches(name: str, entries: Iterable[str], rules: HostRules) -> bool:
    first, _, rest = name.partition(".")
    patterns = [entry.lower() for entry in entries]
    if rules.final_dots:
        patterns = [pattern.removesuffix(".") for pattern in patterns]
    if name in patterns:
        return True
    matched = any(_matches(first, rest, pattern) for pattern in patterns)
    return matched and (rules.suffix_wildcards or _suffixes().publicsuffix(name) != rest)


@cache
def _suffixes() -> PublicSuffixList:
    # The list is read with the first wildcard: it takes 4 MB.
    return PublicSuffixList(only_icann=True)


def _matches(first: str, rest: str, pattern: str) -> bool:
    # RFC 9525 section 6.3: the wildcard is the whole left-most label and matches exactly one label.
    # As in OpenSSL, two labels must follow it, so that `*.com` matches nothing.
    head, _, tail = pattern.partition(".")
    return head == "*" and bool(first) and tail == rest and "." in tail
