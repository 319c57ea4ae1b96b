"""Public and private IP addresses: which ones outbound connections may reach.

The lists follow IANA's special-purpose registries (RFC 6890). They are written out because
`ipaddress.is_global` differs between Python's patch releases.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

__all__ = ["Address", "Network", "is_reachable"]

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NOT_PUBLIC = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # not public, though registered: Azure's services for virtual machines
        "169.254.0.0/16",  # link-local, and the metadata services of clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "3fff::/20",  # documentation
    )
)
# Everything else of IPv6 is loopback, private, link-local, multicast or not assigned.
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_SIX_TO_FOUR = IPv6Network("2002::/16")
# The IPv4 address is in the last 32 bits: mapped, compatible, translated, NAT64 (RFC 6052).
_EMBEDDING_NETWORKS = tuple(
    IPv6Network(text) for text in ("::ffff:0:0/96", "::/96", "::ffff:0:0:0/96", "64:ff9b::/96")
)
_ISATAP = (0x00005EFE, 0x02005EFE)


def is_reachable(address: Address, allowed: Iterable[Network]) -> bool:
    """Whether a connection to `address` is allowed: it is public, or in a network of `allowed`.

    For an IPv6 address that embeds an IPv4 address, the IPv4 address decides.
    """
    networks = tuple(allowed)
    if _inside(address, networks):
        return True
    embedded = _embedded_ipv4(address) if isinstance(address, IPv6Address) else None
    if embedded is not None:
        return _inside(embedded, networks) or _is_public(embedded)
    return _is_public(address)


def _inside(address: Address, networks: Iterable[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return not _inside(address, _NOT_PUBLIC)


def _embedded_ipv4(address: IPv6Address) -> IPv4Address | None:
    bits = int(address)
    # `::` and `::1` do not embed 0.0.0.0 and 0.0.0.1.
    if bits <= 1:
        return None
    if (
        any(address in network for network in _EMBEDDING_NETWORKS)
        or bits >> 32 & 0xFFFFFFFF in _ISATAP
    ):
        return IPv4Address(bits & 0xFFFFFFFF)
    if address in _SIX_TO_FOUR:
        return IPv4Address(bits >> 80 & 0xFFFFFFFF)
    return None
