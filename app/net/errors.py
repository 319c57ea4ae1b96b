"""Why something outside could not be reached.

OutboundError                 carries a stable `code`
├── NameResolutionError       the name leads to no address
├── AddressRefusedError       it leads only to addresses that we may not reach
├── ConnectionFailedError     no address took the connection
└── TooLargeError             the answer is larger than asked for
"""

__all__ = [
    "AddressRefusedError",
    "ConnectionFailedError",
    "NameResolutionError",
    "OutboundError",
    "TooLargeError",
]


class OutboundError(Exception):
    """Something outside could not be reached; `code` is stable, `detail` is for staff."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class NameResolutionError(OutboundError):
    """The name leads to no address: `no_such_host`, `dns_failed` when nobody could say, or
    `timed_out`.
    """


class AddressRefusedError(OutboundError):
    """The name leads only to addresses that we may not reach: `private_address`."""


class ConnectionFailedError(OutboundError):
    """No address took the connection: `connection_refused`, `unreachable`, `no_route` (it is we
    who have no way there) or `timed_out`.
    """


class TooLargeError(OutboundError):
    """The answer is larger than asked for: `too_large`."""
