"""Bounded GET of what a message of Amazon SNS names, through the outbound guard."""

import httpx

from app.net.client import open_client
from app.net.errors import OutboundError, TooLargeError
from app.net.guard import Guard

__all__ = ["fetch"]

_SECONDS = 5.0
_LARGEST = 65_536


async def fetch(guard: Guard, url: str) -> bytes:
    """What is at this address; no redirect is followed. Raises OutboundError."""
    body = bytearray()
    try:
        async with (
            open_client(guard, timeout=_SECONDS) as client,
            client.stream("GET", url, follow_redirects=False) as response,
        ):
            if response.status_code != 200:
                raise OutboundError("no_success", f"the answer was {response.status_code}")
            async for part in response.aiter_bytes():
                body += part
                if len(body) > _LARGEST:
                    raise TooLargeError("too_large", f"more than {_LARGEST} bytes")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise OutboundError("not_fetched", type(error).__name__) from error
    return bytes(body)
