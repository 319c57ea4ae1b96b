"""What certificates point to: their issuers, and the lists of what these revoked."""

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
# The largest lists of public authorities have several megabytes; issuers have two kilobytes.
_MAX_BYTES = 8_000_000
_KEPT_BYTES = 32_000_000
_MOST_STEPS = 3
_USUAL_PORTS = frozenset({None, 80, 443})


@dataclass(slots=True)
class IssuerFetcher:
    """Fetches through `guard` what certificates point to, and keeps it for a day, what could not
    be had for an hour. Whoever runs a server chooses these addresses, so only the usual ports of
    the Web are asked, and `timeout` seconds are for all that one survey wants.
    """

    guard: Guard
    timeout: float = 10.0
    ports: frozenset[int | None] = _USUAL_PORTS
    most_kept_bytes: int = _KEPT_BYTES
    _kept: OrderedDict[str, tuple[float, bytes]] = field(default_factory=OrderedDict)
    _asking: dict[str, "asyncio.Task[bytes]"] = field(default_factory=dict)

    async def issuers(self, seen: EndpointScan) -> tuple[bytes, ...]:
        """The issuers (DER) that served chains leave out and say where to find."""
        try:
            async with asyncio.timeout(self.timeout):
                found = [
                    await self._missing(chain) for chain in dict.fromkeys(seen.chains.values())
                ]
        except TimeoutError:
            return ()
        return tuple(dict.fromkeys(der for each in found for der in each))

    async def revoked(self, seen: EndpointScan) -> Mapping[str, datetime]:
        """When served certificates were revoked, by fingerprint, as far as lists can be had."""
        served = [one for chain in seen.chains.values() for one in read_chain(chain).certificates]
        known = dict.fromkeys((*served, *map(parse, seen.issuers)))
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
            # Below a root that clients have nothing is missing.
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
        listed = await self._get(urls[0])
        return await asyncio.to_thread(revoked_at, listed, certificate, issuer) if listed else None

    async def _get(self, url: str) -> bytes:
        """What is there; empty when it cannot be had."""
        kept = self._kept.get(url)
        if kept is not None and kept[0] > time.monotonic():
            self._kept.move_to_end(url)
            return kept[1]
        # All who ask for the same at the same time wait for one answer.
        asking = self._asking.get(url)
        if asking is None:
            asking = self._asking[url] = asyncio.create_task(self._fetch(url))
            asking.add_done_callback(lambda _: self._asking.pop(url, None))
        return await asyncio.shield(asking)

    async def _fetch(self, url: str) -> bytes:
        data = b""
        try:
            parts = urlsplit(url)
            if parts.scheme in {"http", "https"} and parts.port in self.ports:
                data = await fetch(url, guard=self.guard, limits=Limits(_MAX_BYTES, self.timeout))
        except (OutboundError, ValueError) as error:
            cause = error.__cause__ if isinstance(error, RequestFailedError) else None
            _log.info("probe.not_fetched cause=%s", type(cause or error).__name__)
        self._keep(url, data)
        return data

    def _keep(self, url: str, data: bytes) -> None:
        lasts = _DAY_SECONDS if data else _HOUR_SECONDS
        self._kept[url] = time.monotonic() + lasts, data
        self._kept.move_to_end(url)
        while sum(len(each) + 1000 for _, each in self._kept.values()) > self.most_kept_bytes:
            self._kept.popitem(last=False)


def _top(chain: tuple[Certificate, ...]) -> Certificate | None:
    """The last certificate on the way up from the leaf; None when there is no telling."""
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
