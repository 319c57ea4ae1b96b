"""Errors of outbound connections and requests.

OutboundError                 carries a stable `code`
├── NameResolutionError       the host name resolves to no address
├── AddressRefusedError       it resolves only to refused addresses, or the port is not allowed
├── ConnectionFailedError     no address accepted the connection
├── RequestFailedError        the HTTP exchange failed, its status was not 2xx, or its body is coded
└── TooLargeError             the response is larger than the limit
"""

__all__ = [
    "AddressRefusedError",
    "ConnectionFailedError",
    "NameResolutionError",
    "OutboundError",
    "RequestFailedError",
    "TooLargeError",
]


class OutboundError(Exception):
    """An outbound request failed; `code` is stable, `detail` is for administrators."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class NameResolutionError(OutboundError):
    """The host name resolves to no address: `no_such_host`, `dns_failed` when the resolver gave
    no answer, or `timed_out`.
    """


class AddressRefusedError(OutboundError):
    """The host name resolves only to addresses that the guard refuses (`private_address`), or the
    port of the URL is not allowed (`refused_port`).
    """


class ConnectionFailedError(OutboundError):
    """No address accepted the connection: `connection_refused`, `unreachable`, `no_route` (this
    machine has no route to the address) or `timed_out`.
    """


class RequestFailedError(OutboundError):
    """The HTTP exchange failed (`not_fetched`), its status was not 2xx (`no_success`), or its body
    has a content coding such as gzip (`coded`), although none was requested.
    """


class TooLargeError(OutboundError):
    """The response is larger than the limit: `too_large`."""
