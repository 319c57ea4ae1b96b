"""`fyr probe`: probes TLS endpoints and judges their chains, without a database."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.cli.chains import options
from app.cli.chains.files import certificates, profiles_for
from app.cli.chains.report import Report, report_of
from app.domain.certificates.probe_results import STARTTLS_PORTS, EndpointScan
from app.net.guard import Guard
from app.probes.scanner import Scanner
from app.trust.clients.profiles import Profile
from app.trust.scan import examine_scan
from app.trust.x509.certificate import Certificate, parse
from app.trust.x509.chain import read_chain

__all__ = ["probe"]

_HTTPS = 443
_MOST_AT_ONCE = 2000


def probe(  # noqa: PLR0917  # typer: each option is an argument
    target: Annotated[
        list[str], typer.Argument(metavar="HOST[:PORT]...", help="The endpoints to probe.")
    ],
    starttls: Annotated[
        str | None,
        typer.Option(metavar="P", help=f"Ask for TLS first, over {', '.join(STARTTLS_PORTS)}."),
    ] = None,
    at: options.At = None,
    profile: options.Profiles = None,
    roots: options.Roots = None,
    known: options.Known = None,
    concurrency: Annotated[
        int, typer.Option(min=1, max=_MOST_AT_ONCE, help="How many connections at a time.")
    ] = 50,
    as_json: options.AsJson = False,
) -> None:
    """Probe every address of TLS endpoints and judge their chains as clients would.

    Exit codes, the highest of all endpoints: 0 all connect and nothing is near, 1 a warning or
    only legacy clients fail, 2 current clients fail, 3 no chain was received, 64 wrong use.
    """
    if starttls is not None and starttls not in STARTTLS_PORTS:
        options.usage_error(
            f"--starttls {starttls!r} is not known; there are {', '.join(STARTTLS_PORTS)}."
        )
    usual_port = STARTTLS_PORTS[starttls] if starttls else _HTTPS
    targets = [options.target(text, usual_port=usual_port) for text in dict.fromkeys(target)]
    time = options.instant(at)
    configured = options.settings()
    judge = _Judge(time, *profiles_for(profile or [], roots), certificates(known))
    guard = Guard(configured.allowed_networks)
    scanner = Scanner(guard, configured.probe_timeout_seconds, concurrency)
    options.finish(asyncio.run(_all(targets, scanner, starttls, judge)), as_json=as_json)


@dataclass(frozen=True, slots=True)
class _Judge:
    """Makes reports. `main_profiles` count, `other_profiles` are shown for information."""

    at: datetime
    main_profiles: Mapping[str, Profile]
    other_profiles: Mapping[str, Profile]
    known: tuple[Certificate, ...]

    def report(self, scan: EndpointScan) -> Report:
        examination = examine_scan(
            scan, at=self.at, profiles=self.main_profiles.values(), known=self.known
        )
        chain = read_chain(scan.chains.get(examination.address, ()))
        known = (*self.known, *map(parse, scan.issuers))
        return report_of(examination, chain, self.main_profiles, self.other_profiles, known, scan)


async def _all(
    targets: Sequence[tuple[str, int]], scanner: Scanner, starttls: str | None, judge: _Judge
) -> list[Report]:
    """Return the reports, in the order of the targets."""
    slots = asyncio.Semaphore(scanner.concurrency)
    with _progress(len(targets)) as progress:
        (task,) = progress.task_ids

        async def one(host: str, port: int) -> Report:
            async with slots:
                scan = await scanner.scan(host, port, starttls=starttls)
                scan = await scanner.add_details(scan, starttls=starttls)
            report = judge.report(scan)
            progress.advance(task)
            return report

        return list(await asyncio.gather(*(one(host, port) for host, port in targets)))


@contextmanager
def _progress(total: int) -> Iterator[Progress]:
    """Show a progress bar on a terminal; elsewhere nothing."""
    screen = Console(stderr=True)
    bar = Progress(
        TextColumn("Looking"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=screen,
        transient=True,
        disable=total < 2 or not screen.is_terminal,
    )
    with bar:
        bar.add_task("Looking", total=total)
        yield bar
