"""What every address of a target serves, looked at side by side."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from ipaddress import ip_address
from itertools import chain, zip_longest

from app.domain.certificates.findings import LookFailure, ProbeResult, Stage
from app.domain.certificates.probe_results import EndpointScan, SecondLook
from app.net.addresses import Address
from app.net.errors import OutboundError
from app.net.guard import Guard
from app.probes.aia_and_crl import IssuerFetcher
from app.probes.tls import STAGE_PART, Asked, look, outbound_failure
from app.trust.x509.hostnames import ip_literal, normalised

__all__ = ["Surveyor"]

_log = logging.getLogger(__name__)

# A name with more gets another part of its addresses looked at each time: resolvers turn them.
_MOST_ADDRESSES = 16


@dataclass(slots=True)
class Surveyor:
    """Looks at targets through `guard`, with at most `concurrency` connections at a time.

    `timeout` is for the whole of one look, in seconds; finding the addresses gets STAGE_PART of
    it besides. Made once and kept.
    """

    guard: Guard
    timeout: float = 10.0
    concurrency: int = 50
    papers: IssuerFetcher | None = None
    _free: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._free = asyncio.Semaphore(self.concurrency)
        # One for all surveys: what one has fetched serves the others.
        self.papers = self.papers or IssuerFetcher(self.guard, self.timeout)

    async def scan(
        self,
        host: str,
        port: int,
        *,
        starttls: str | None = None,
    ) -> EndpointScan:
        """What `host` serves on `port` at every address, each on a fresh connection.

        Never raises for anything the other side does. `starttls` is a name in STARTTLS.
        """
        asked = _asked(host, port, starttls)
        if asked.name is None and ip_literal(host) is None:
            return _unseen(asked, LookFailure(Stage.DNS, "no_such_host", "not a host name"))
        try:
            async with asyncio.timeout(self.timeout * STAGE_PART):
                found = await self.guard.every_address(asked.name or host, port)
        except TimeoutError:
            return _unseen(asked, LookFailure(Stage.TIMEOUT, "timed_out", Stage.DNS.value))
        except OutboundError as error:
            return _unseen(asked, outbound_failure(error))
        addresses = _some_of_each_family(found)
        if len(addresses) == 1:
            looks = [await self._look(asked, addresses[0])]
        else:
            looks = await asyncio.gather(*(self._look(asked, address) for address in addresses))
        return EndpointScan(host, port, tuple(looks), left_out=len(found) - len(addresses))

    async def look_closer(self, seen: EndpointScan, *, starttls: str | None = None) -> EndpointScan:
        """The survey with second looks at the first address that answered, and with what the
        served certificates point to: issuers that are not served, and lists of revoked ones.
        Nothing more is asked where nothing answered. Raises as little as `survey`.
        """
        if not seen.chains:
            return seen
        second, (issuers, revoked) = await asyncio.gather(
            self._second_looks(seen, starttls), self._papers_of(seen)
        )
        return replace(seen, second=second, issuers=issuers, revoked=revoked)

    async def _papers_of(
        self, seen: EndpointScan
    ) -> tuple[tuple[bytes, ...], Mapping[str, datetime]]:
        papers = self.papers
        if papers is None:
            return (), {}
        issuers = await papers.issuers(seen)
        return issuers, await papers.revoked(replace(seen, issuers=issuers))

    async def _second_looks(
        self, seen: EndpointScan, starttls: str | None
    ) -> Mapping[SecondLook, ProbeResult]:
        answered = next((one.address for one in seen.looks if one.failure is None), None)
        if answered is None:
            return {}
        asked = _asked(seen.host, seen.port, starttls)
        # Without a name there is none to leave out.
        ways = [way for way in SecondLook if way is not SecondLook.NO_NAME or asked.name]
        address = ip_address(answered)
        again = (self._look(replace(asked, way=way), address) for way in ways)
        return dict(zip(ways, await asyncio.gather(*again), strict=True))

    async def _look(self, asked: Asked, address: Address) -> ProbeResult:
        async with self._free:
            seen = await look(asked, address, guard=self.guard, timeout=self.timeout)
        if asked.way is None:
            _tell(seen)
        return seen


def _asked(host: str, port: int, starttls: str | None) -> Asked:
    name = None if ip_literal(host) is not None else normalised(host)
    return Asked(host, port, name, starttls)


def _unseen(asked: Asked, failure: LookFailure) -> EndpointScan:
    seen = ProbeResult(asked.host, asked.port, failure=failure)
    _tell(seen)
    return EndpointScan(asked.host, asked.port, (seen,))


def _tell(seen: ProbeResult) -> None:
    if seen.failure is not None:
        _log.info(
            "probe.failed host=%s port=%d address=%s stage=%s code=%s",
            ascii(seen.host)[1:-1],
            seen.port,
            seen.address or "none",
            seen.failure.stage.value,
            seen.failure.code,
        )


def _some_of_each_family(found: Sequence[Address]) -> tuple[Address, ...]:
    """The addresses to look at: in order, but of both families when there are too many."""
    if len(found) <= _MOST_ADDRESSES:
        return tuple(found)
    four = [address for address in found if address.version == 4]
    six = [address for address in found if address.version == 6]
    mixed = chain.from_iterable(zip_longest(four, six))
    chosen = [address for address in mixed if address is not None][:_MOST_ADDRESSES]
    return tuple(address for address in found if address in chosen)
