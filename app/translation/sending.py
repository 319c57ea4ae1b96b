"""Calls to translation providers, through the guard: bounded in time and size, no redirects."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from types import ModuleType
from urllib.parse import urlsplit

from app.net.addresses import Address
from app.net.errors import OutboundError
from app.net.guard import Guard
from app.ports.translator import ProviderCall, ProviderReply, TranslatorError

__all__ = ["send"]

# The longest texts of a call, in another script and escaped as JSON, take a tenth of it.
_MAX_BYTES = 2_000_000


async def send(
    call: ProviderCall, guard: Guard, *, seconds: float, stays_private: bool
) -> ProviderReply:
    """The reply to a call. With `stays_private`, it goes to FYR_ALLOWED_NETWORKS or nowhere.

    Plain HTTP is for these networks in any case. Raises TranslatorError, nothing else.
    """
    # In a thread: importing the client takes long.
    client = await asyncio.to_thread(_client)
    try:
        async with asyncio.timeout(seconds):
            checked = await _checked(call.url, guard, stays_private=stays_private)
            reply = await client.request(
                "POST",
                call.url,
                guard=checked,
                limits=client.Limits(_MAX_BYTES, seconds, follow_redirects=False),
                headers=call.headers,
                content=call.content,
            )
    except TimeoutError:
        raise TranslatorError("timed_out") from None
    except OutboundError as error:
        # The detail may have the URL, which staff see in the settings.
        raise TranslatorError(error.code, is_final=error.code != "timed_out") from None
    return ProviderReply(reply.status, reply.body)


async def _checked(url: str, guard: Guard, *, stays_private: bool) -> Guard:
    """A guard that connects to the addresses that were checked here, however the name resolves."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    addresses = await guard.addresses(parts.hostname or "", port)
    is_private = all(_is_allowed(each, guard) for each in addresses)
    if stays_private and not is_private:
        raise TranslatorError("draft_stays_here", is_final=True)
    if parts.scheme != "https" and not is_private:
        raise TranslatorError("not_https", is_final=True)

    async def resolver(_host: str, _port: int) -> Sequence[str]:
        return [str(each) for each in addresses]

    return replace(guard, resolver=resolver)


def _is_allowed(address: Address, guard: Guard) -> bool:
    return any(
        address.version == network.version and address in network
        for network in guard.allowed_networks
    )


def _client() -> ModuleType:
    from app.net import client

    return client
