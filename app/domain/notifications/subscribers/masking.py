"""Masked addresses: what staff without the right to read addresses see of them."""

__all__ = ["masked_address"]

_MASK = "•••"


def masked_address(address: str) -> str:
    """The first character of the local part, and the domain; an address without @ has no more."""
    local, at, domain = address.rpartition("@")
    shown = local if at else address
    return f"{shown[:1]}{_MASK}{at}{domain if at else ''}"
