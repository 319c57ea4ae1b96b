"""Network addresses of visitors, as attempts and requests are counted for them."""

from ipaddress import IPv6Address, ip_address, ip_network

__all__ = ["network_of"]


def network_of(address: str) -> str:
    """The network that an address counts for: an IPv6 /64 belongs to one customer.

    A text that is no IP address is returned, cut to 100 characters.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:100]
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ip_network((parsed, 64), strict=False))
    return str(parsed)
