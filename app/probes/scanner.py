"""Scanner: probes all addresses of an endpoint at one time."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from ipaddress import ip_address
from itertools import chain, zip_longest

from app.domain.certificates.findings import ProbeFailure, ProbeResult, Stage
from app.domain.certificates.probe_results import AlternateHandshake, EndpointScan
from app.host_names import ascii_host, ip_literal
from app.net.addresses import Address
from app.net.errors import OutboundError
from app.net.guard import Guard
from app.probes.aia_and_crl import IssuerFetcher
from app.probes.tls import STAGE_PART, ProbeRequest, outbound_failure, probe_address

__all__ = ["Scanner"]

_log = logging.getLogger(__name__)

# Of a name with more addresses, each scan probes another part, since resolvers rotate them.
_MOST_ADDRESSES = 16


@dataclass(slots=True)
class Scanner:
    """Probes endpoints through `guard` with at most `concurrency` connections at a time.

    `timeout` is for one whole probe, in seconds; resolving the name takes at most STAGE_PART of it
    besides. One instance serves all scans of a process, so that `fetcher` can cache.
    """

    guard: Guard
    timeout: float = 10.0
    concurrency: int = 50
    fetcher: IssuerFetcher | None = None
    _free: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._free = asyncio.Semaphore(self.concurrency)
        self.fetcher = self.fetcher or IssuerFetcher(self.guard, self.timeout)

    async def scan(
        self,
        host: str,
        port: int,
        *,
        starttls: str | None = None,
    ) -> EndpointScan:
        """Probe `host` on `port` at every address, each on a new connection.

        Failures of the other side are returned, not raised. `starttls` is a name in STARTTLS_PORTS.
        """
        request = _request(host, port, starttls)
        if request.name is None and ip_literal(host) is None:
            return _failed(request, ProbeFailure(Stage.DNS, "no_such_host", "not a host name"))
        try:
            async with asyncio.timeout(self.timeout * STAGE_PART):
                found = await self.guard.every_address(request.name or host, port)
        except TimeoutError:
            return _failed(request, ProbeFailure(Stage.TIMEOUT, "timed_out", Stage.DNS.value))
        except OutboundError as error:
            return _failed(request, outbound_failure(error))
        addresses = _selected(found)
        if len(addresses) == 1:
            results = [await self._probe(request, addresses[0])]
        else:
            results = await asyncio.gather(
                *(self._probe(request, address) for address in addresses)
            )
        return EndpointScan(host, port, tuple(results), left_out=len(found) - len(addresses))

    async def add_details(self, scan: EndpointScan, *, starttls: str | None = None) -> EndpointScan:
        """Return the scan with alternate handshakes, fetched issuers and revocations added.

        The handshakes are made at the first address that answered. Nothing is sent when no address
        served a chain. Failures of the other side are returned, not raised.
        """
        if not scan.chains:
            return scan
        alternates, (issuers, revoked) = await asyncio.gather(
            self._alternates(scan, starttls), self._fetch(scan)
        )
        return replace(scan, alternates=alternates, issuers=issuers, revoked=revoked)

    async def _fetch(self, scan: EndpointScan) -> tuple[tuple[bytes, ...], Mapping[str, datetime]]:
        fetcher = self.fetcher
        if fetcher is None:
            return (), {}
        issuers = await fetcher.issuers(scan)
        return issuers, await fetcher.revoked(replace(scan, issuers=issuers))

    async def _alternates(
        self, scan: EndpointScan, starttls: str | None
    ) -> Mapping[AlternateHandshake, ProbeResult]:
        answered = next((one.address for one in scan.results if one.failure is None), None)
        if answered is None:
            return {}
        request = _request(scan.host, scan.port, starttls)
        # The handshake without SNI differs only where there is a name to leave out.
        kinds = [
            kind
            for kind in AlternateHandshake
            if kind is not AlternateHandshake.NO_NAME or request.name
        ]
        address = ip_address(answered)
        probes = (self._probe(replace(request, alternate=kind), address) for kind in kinds)
        return dict(zip(kinds, await asyncio.gather(*probes), strict=True))

    async def _probe(self, request: ProbeRequest, address: Address) -> ProbeResult:
        async with self._free:
            result = await probe_address(request, address, guard=self.guard, timeout=self.timeout)
        if request.alternate is None:
            _log_failure(result)
        return result


def _request(host: str, port: int, starttls: str | None) -> ProbeRequest:
    name = None if ip_literal(host) is not None else ascii_host(host)
    return ProbeRequest(host, port, name, starttls)


def _failed(request: ProbeRequest, failure: ProbeFailure) -> EndpointScan:
    result = ProbeResult(request.host, request.port, failure=failure)
    _log_failure(result)
    return EndpointScan(request.host, request.port, (result,))


def _log_failure(result: ProbeResult) -> None:
    if result.failure is not None:
        _log.info(
            "probe.failed host=%s port=%d address=%s stage=%s code=%s",
            ascii(result.host)[1:-1],
            result.port,
            result.address or "none",
            result.failure.stage.value,
            result.failure.code,
        )


def _selected(found: Sequence[Address]) -> tuple[Address, ...]:
    """Return the addresses to probe in order; when there are too many, some of each family."""
    if len(found) <= _MOST_ADDRESSES:
        return tuple(found)
    four = [address for address in found if address.version == 4]
    six = [address for address in found if address.version == 6]
    mixed = chain.from_iterable(zip_longest(four, six))
    chosen = [address for address in mixed if address is not None][:_MOST_ADDRESSES]
    return tuple(address for address in found if address in chosen)
