"""What an OpenID Connect provider tells of itself: where it is asked what, and its keys.

Both are kept for a while, so that signing in asks for neither, and an answer to nobody in
particular makes us ask nobody. Everything goes through the one outbound door, and no redirect is
followed. Source: OpenID Connect Discovery 1.0, sections 3 and 4; Core 1.0, section 10.1.1 (keys
that change).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from app.net.errors import OutboundError
from app.net.guard import Guard

__all__ = ["Discovery", "ProviderError"]

_LARGEST = 1_000_000
_SECONDS = 10.0
# So long a provider that has gone away is not noticed before somebody has been sent there.
_KEPT = timedelta(minutes=10)
# What was said just now would be said again: strangers cannot make us ask more often.
_FRESH = timedelta(seconds=30)


class ProviderError(Exception):
    """Nobody can be let in: `away` when the provider does not answer, `wrong` for what it says.

    `reason` is for the log; it holds no token and no address of a person.
    """

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(f"{kind}: {reason}")
        self.kind = kind
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _Kept:
    said: Mapping[str, Any]
    since: datetime


class Discovery:
    """What the provider called `issuer` says of itself, two documents at most, kept for a while."""

    def __init__(self, issuer: str, guard: Guard) -> None:
        self.issuer = issuer
        self._about = f"{issuer}/.well-known/openid-configuration"
        self._guard = guard
        self._kept: dict[str, _Kept] = {}

    async def metadata(self, now: datetime) -> Mapping[str, Any]:
        """Where it is asked what. Raises ProviderError."""
        found = await self._document(self._about, now)
        if str(found.get("issuer", "")).rstrip("/") != self.issuer:
            self._kept.pop(self._about, None)
            raise ProviderError("wrong", "discovery names another issuer")
        return found

    async def address(self, name: str, now: datetime) -> str:
        """One of its endpoints, as safe from listeners as it is itself. Raises ProviderError."""
        address = (await self.metadata(now)).get(name)
        scheme = urlsplit(self.issuer).scheme
        if not isinstance(address, str) or urlsplit(address).scheme not in {scheme, "https"}:
            self._kept.pop(self._about, None)
            raise ProviderError("wrong", f"discovery has no usable {name}")
        return address

    async def keys(self, now: datetime) -> Mapping[str, Any]:
        """The keys that it signs with. Raises ProviderError."""
        return await self._document(await self.address("jwks_uri", now), now)

    async def forget_keys(self, now: datetime) -> None:
        """Ask for the keys when they are wanted next: those that we have do not fit."""
        self._kept.pop(await self.address("jwks_uri", now), None)

    def forget(self, now: datetime) -> None:
        """Ask anew for what was not said just now: something did not hold."""
        self._keep_since(now - _FRESH)

    async def ask(self, method: str, url: str, **more: Any) -> Mapping[str, Any]:  # noqa: ANN401
        """The JSON object that it answers with. Raises ProviderError."""
        import httpx

        from app.net.client import open_client

        body = bytearray()
        try:
            async with (
                open_client(self._guard, timeout=_SECONDS) as client,
                client.stream(method, url, follow_redirects=False, **more) as response,
            ):
                async for part in response.aiter_bytes():
                    body += part
                    if len(body) > _LARGEST:
                        raise ProviderError("wrong", "an answer is too large")
        except (OutboundError, httpx.HTTPError, httpx.InvalidURL) as error:
            raise ProviderError("away", f"{urlsplit(url).path}: {type(error).__name__}") from error
        if response.status_code != 200:
            kind = "away" if response.status_code >= 500 else "wrong"
            raise ProviderError(kind, f"{urlsplit(url).path}: answered {response.status_code}")
        return _object(bytes(body))

    async def _document(self, url: str, now: datetime) -> Mapping[str, Any]:
        kept = self._kept.get(url)
        if kept is None or kept.since <= now - _KEPT:
            kept = _Kept(await self.ask("GET", url), now)
            # The provider chooses where its keys are: of where they were before, nothing stays.
            self._keep_since(now - _KEPT)
            self._kept[url] = kept
        return kept.said

    def _keep_since(self, since: datetime) -> None:
        self._kept = {url: kept for url, kept in self._kept.items() if kept.since > since}


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ProviderError("wrong", "an answer is no JSON object")
    return found
