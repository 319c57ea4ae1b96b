"""Visitor address: where a request comes from, as the trusted proxies state it."""

import logging
from functools import cache
from ipaddress import ip_address

from fastapi import Request

__all__ = ["visitor_address"]

_log = logging.getLogger("fyr.web")


def visitor_address(request: Request) -> str:
    """The address of the visitor; "" for a request without one.

    The server has replaced the address of a trusted proxy by that in `X-Forwarded-For`. A private
    address that sends the header without being replaced is probably a proxy that is not trusted:
    this is logged once, because attempts to sign in are counted by address.
    """
    address = request.client.host if request.client else ""
    forwarded = request.headers.get("x-forwarded-for", "")
    if forwarded and address not in forwarded and _is_private(address):
        _warn(address)
    return address


@cache
def _warn(address: str) -> None:
    _log.warning(
        "web.untrusted_proxy address=%s: it sends X-Forwarded-For but is not in "
        "FYR_TRUSTED_PROXIES",
        address,
    )


def _is_private(address: str) -> bool:
    try:
        return ip_address(address).is_private
    except ValueError:
        return False
