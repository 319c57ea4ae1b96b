"""OpenID Connect discovery: the provider's metadata and signing keys, cached.

The cache keeps sign-in from waiting for two requests, and keeps strangers from making this server
send requests. All requests go through the outbound guard and follow no redirect.

Source: OpenID Connect Discovery 1.0, sections 3 and 4; Core 1.0, section 10.1.1 (key rotation).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from app.net.errors import OutboundError, TooLargeError
from app.net.guard import Guard
from app.payloads.strict_json import EXTERNAL_LIMITS, read_json

__all__ = ["Discovery", "ProviderError"]

_MAX_BYTES = 1_000_000
_TIMEOUT_SECONDS = 10.0
# For this long, a sign-in can be redirected to a provider that is no longer reachable.
_MAX_AGE = timedelta(minutes=10)
# A document younger than this is not requested again, however many sign-ins fail.
_MIN_AGE = timedelta(seconds=30)


class ProviderError(Exception):
    """The provider cannot sign anybody in: `away` when it does not respond, `wrong` when its
    response is not valid.

    `reason` is for the log; it contains no token and no e-mail address.
    """

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(f"{kind}: {reason}")
        self.kind = kind
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _CachedDocument:
    content: Mapping[str, Any]
    fetched_at: datetime


class Discovery:
    """Metadata and keys of the provider with the identifier `issuer`: two cached documents."""

    def __init__(self, issuer: str, guard: Guard) -> None:
        self.issuer = issuer
        self._metadata_url = f"{issuer}/.well-known/openid-configuration"
        self._guard = guard
        self._cache: dict[str, _CachedDocument] = {}

    async def metadata(self, now: datetime) -> Mapping[str, Any]:
        """The provider's metadata document. Raises ProviderError."""
        document = await self._document(self._metadata_url, now)
        if str(document.get("issuer", "")).rstrip("/") != self.issuer:
            self._cache.pop(self._metadata_url, None)
            raise ProviderError("wrong", "discovery names another issuer")
        return document

    async def endpoint(self, name: str, now: datetime) -> str:
        """The URL of the endpoint `name`, with https unless the issuer itself has http.

        Raises ProviderError.
        """
        url = (await self.metadata(now)).get(name)
        scheme = urlsplit(self.issuer).scheme
        if not isinstance(url, str) or _scheme_of(url) not in {scheme, "https"}:
            self._cache.pop(self._metadata_url, None)
            raise ProviderError("wrong", f"discovery has no usable {name}")
        return url

    async def keys(self, now: datetime) -> Mapping[str, Any]:
        """The JSON Web Key Set that the provider signs with. Raises ProviderError."""
        return await self._document(await self.endpoint("jwks_uri", now), now)

    async def invalidate_keys(self, now: datetime) -> None:
        """Have the next `keys` request them again: the cached keys verify no signature."""
        self._cache.pop(await self.endpoint("jwks_uri", now), None)

    def invalidate(self, now: datetime) -> None:
        """Drop every document but those fetched in the last 30 seconds: a sign-in has failed."""
        self._drop_older_than(now - _MIN_AGE)

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: str | None = None,
    ) -> Mapping[str, Any]:
        """The JSON object that the provider responds with. Raises ProviderError."""
        # Imported late: only processes in which somebody signs in this way need an HTTP client.
        from app.net import client

        path = urlsplit(url).path
        try:
            response = await client.request(
                method,
                url,
                guard=self._guard,
                limits=client.Limits(_MAX_BYTES, _TIMEOUT_SECONDS, follow_redirects=False),
                headers=headers,
                content=content,
            )
        except TooLargeError as error:
            raise ProviderError("wrong", "an answer is too large") from error
        except OutboundError as error:
            raise ProviderError("away", f"{path}: {type(error).__name__}") from error
        if response.status != 200:
            kind = "away" if response.status >= 500 else "wrong"
            raise ProviderError(kind, f"{path}: answered {response.status}")
        return _json_object(response.body)

    async def _document(self, url: str, now: datetime) -> Mapping[str, Any]:
        cached = self._cache.get(url)
        if cached is None or cached.fetched_at <= now - _MAX_AGE:
            cached = _CachedDocument(await self.request("GET", url), now)
            # The metadata can name another `jwks_uri`: documents of former ones must not pile up.
            self._drop_older_than(now - _MAX_AGE)
            self._cache[url] = cached
        return cached.content

    def _drop_older_than(self, instant: datetime) -> None:
        self._cache = {
            url: cached for url, cached in self._cache.items() if cached.fetched_at > instant
        }


def _scheme_of(url: str) -> str:
    try:
        return urlsplit(url).scheme
    except ValueError:
        return ""


def _json_object(body: bytes) -> Mapping[str, Any]:
    try:
        content = read_json(body.decode("utf-8"), EXTERNAL_LIMITS)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise ProviderError("wrong", "an answer is no JSON object")
    return content
