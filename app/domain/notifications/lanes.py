"""Lanes: deliveries that share one fate, such as `email` or `webhook:hooks.example.net`."""

__all__ = ["SHARED_LANES", "has_lane_per_address", "lane_of"]

# The kinds of channels all of whose deliveries go through one server.
SHARED_LANES = frozenset({"email"})


def has_lane_per_address(kind: str) -> bool:
    """Whether each address of this kind of channel has a lane of its own."""
    return kind not in SHARED_LANES


def lane_of(kind: str, address: str) -> str:
    """The lane of deliveries to an address. `address` is the shown one: the host of a URL."""
    return f"{kind}:{address}" if has_lane_per_address(kind) else kind
