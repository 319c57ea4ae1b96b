"""Fetcher of what certificates point to: missing issuers (AIA) and revocation lists (CRL)."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from app.domain.certificates.probe_results import EndpointScan
from app.net.client import Limits, fetch
from app.net.errors import OutboundError, RequestFailedError
from app.net.guard import Guard
from app.trust.clients.profiles import shipped_profiles
from app.trust.x509.certificate import Certificate, parse
from app.trust.x509.chain import pem_blocks, read_chain
from app.trust.x509.crl import revoked_at
from app.trust.x509.issuance import may_issue

__all__ = ["IssuerFetcher"]

_log = logging.getLogger(__name__)

_DAY_SECONDS, _HOUR_SECONDS = 86_400.0, 3_600.0
# The largest CRLs of public authorities have several megabytes; issuers have two kilobytes.
_MAX_BYTES = 8_000_000
_CACHED_BYTES = 32_000_000
_MOST_STEPS = 3
_USUAL_PORTS = frozenset({80, 443})


@dataclass(slots=True)
class IssuerFetcher:
    """Fetches issuers and CRLs through `guard`, with a cache of a day, of an hour for failures.

    The URLs come from probed servers, so only the usual ports of the Web are allowed, for redirects
    too. `timeout` seconds are for everything that one scan needs.
    """

    guard: Guard
    timeout: float = 10.0
    ports: frozenset[int] = _USUAL_PORTS
    max_cached_bytes: int = _CACHED_BYTES
    _cache: OrderedDict[str, tuple[float, bytes]] = field(default_factory=OrderedDict)
    _fetching: dict[str, "asyncio.Task[bytes]"] = field(default_factory=dict)

    async def issuers(self, scan: EndpointScan) -> tuple[bytes, ...]:
        """Return the issuers (DER) that served chains leave out, from the AIA URLs of the
        certificates.
        """
        try:
            async with asyncio.timeout(self.timeout):
                found = [
                    await self._missing(chain) for chain in dict.fromkeys(scan.chains.values())
                ]
        except TimeoutError:
            return ()
        return tuple(dict.fromkeys(der for each in found for der in each))

    async def revoked(self, scan: EndpointScan) -> Mapping[str, datetime]:
        """Return when served certificates were revoked, by fingerprint, as far as CRLs can be
        fetched.
        """
        served = [one for chain in scan.chains.values() for one in read_chain(chain).certificates]
        known = dict.fromkeys((*served, *map(parse, scan.issuers)))
        try:
            async with asyncio.timeout(self.timeout):
                found = [(one, await self._revoked(one, known)) for one in dict.fromkeys(served)]
        except TimeoutError:
            return {}
        return {one.fingerprint: at for one, at in found if at is not None}

    async def _missing(self, served: tuple[bytes, ...]) -> list[bytes]:
        top = _top(read_chain(served).certificates)
        found: list[bytes] = []
        roots = shipped_profiles()["current"].store
        while top is not None and len(found) < _MOST_STEPS:
            # Nothing is missing below a root that clients have.
            if top.self_issued or roots.named(top.issuer) or not top.extensions.issuer_urls:
                break
            data = await self._get(top.extensions.issuer_urls[0])
            fetched = parse(next(iter(pem_blocks(data)), data))
            if fetched.malformed or not may_issue(top, fetched):
                break
            found.append(fetched.der)
            top = fetched
        return found

    async def _revoked(
        self, certificate: Certificate, known: Iterable[Certificate]
    ) -> datetime | None:
        urls = certificate.extensions.list_urls
        issuer = next(
            (one for one in known if one != certificate and may_issue(certificate, one)), None
        )
        if issuer is None or not urls:
            return None
        crl = await self._get(urls[0])
        return await asyncio.to_thread(revoked_at, crl, certificate, issuer) if crl else None

    async def _get(self, url: str) -> bytes:
        """Return the content of the URL from the cache or the network; empty when it cannot be
        fetched.
        """
        cached = self._cache.get(url)
        if cached is not None and cached[0] > time.monotonic():
            self._cache.move_to_end(url)
            return cached[1]
        # Concurrent requests of one URL share one fetch.
        task = self._fetching.get(url)
        if task is None:
            task = self._fetching[url] = asyncio.create_task(self._fetch(url))
            task.add_done_callback(lambda _: self._fetching.pop(url, None))
        return await asyncio.shield(task)

    async def _fetch(self, url: str) -> bytes:
        data = b""
        try:
            if urlsplit(url).scheme in {"http", "https"}:
                limits = Limits(_MAX_BYTES, self.timeout, ports=self.ports)
                data = await fetch(url, guard=self.guard, limits=limits)
        except (OutboundError, ValueError) as error:
            cause = error.__cause__ if isinstance(error, RequestFailedError) else None
            _log.info("probe.not_fetched cause=%s", type(cause or error).__name__)
        self._store(url, data)
        return data

    def _store(self, url: str, data: bytes) -> None:
        lifetime = _DAY_SECONDS if data else _HOUR_SECONDS
        self._cache[url] = time.monotonic() + lifetime, data
        self._cache.move_to_end(url)
        while sum(len(each) + 1000 for _, each in self._cache.values()) > self.max_cached_bytes:
            self._cache.popitem(last=False)


def _top(chain: tuple[Certificate, ...]) -> Certificate | None:
    """Return the last certificate on the way up from the leaf; None if the leaf is unreadable."""
    if not chain or chain[0].malformed:
        return None
    top, seen = chain[0], {chain[0]}
    while not top.self_issued:
        above = next((one for one in chain if one not in seen and may_issue(top, one)), None)
        if above is None:
            break
        seen.add(above)
        top = above
    return top
