"""Network addresses of visitors, as attempts and requests are counted for them."""

from ipaddress import IPv6Address, ip_address, ip_network

__all__ = ["network_of", "provider_network_of"]


def network_of(address: str) -> str:
    """The network that an address counts for: an IPv6 /64 belongs to one customer.

    A text that is no IP address is returned, cut to 100 characters.
    """
    return _network_of(address, None, 64)


def provider_network_of(address: str) -> str:
    """The network of the provider of an address: an IPv4 /16, or an IPv6 /32.

    A /32 is the least that a regional registry allocates to a provider; a customer has up to a /48.
    A text that is no IP address is returned, cut to 100 characters.
    """
    return _network_of(address, 16, 32)


def _network_of(address: str, version_4: int | None, version_6: int) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:100]
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is None:
            return str(ip_network((parsed.packed, version_6), strict=False))
        parsed = parsed.ipv4_mapped
    if version_4 is None:
        return str(parsed)
    return str(ip_network((parsed.packed, version_4), strict=False))
