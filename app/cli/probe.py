"""`fyr probe`: one look at a TLS endpoint, judged for client profiles. Needs no database."""

import asyncio
from typing import Annotated

import typer

from app.cli import chain_options as options
from app.cli.chain_report import Report
from app.net.guard import Guard
from app.probes.starttls import STARTTLS
from app.probes.tls import look
from app.trust.judge import examine

__all__ = ["probe"]

_HTTPS = 443


def probe(
    target: Annotated[str, typer.Argument(metavar="HOST[:PORT]", help="The endpoint to look at.")],
    starttls: Annotated[
        str | None,
        typer.Option(metavar="P", help=f"Ask for TLS first, over {', '.join(STARTTLS)}."),
    ] = None,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="Judge as of this time (UTC), not now.")
    ] = None,
    profile: Annotated[
        list[str] | None, typer.Option(help="Judge for this client profile only; repeatable.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Look at a TLS endpoint once and judge its chain as clients would.

    Exit codes: 0 all connect and nothing is near, 1 a warning or only legacy clients fail,
    2 current clients fail, 3 could not look, 64 wrong use.
    """
    if starttls is not None and starttls not in STARTTLS:
        options.refuse(f"--starttls {starttls!r} is not known; there are {', '.join(STARTTLS)}.")
    usual_port = STARTTLS[starttls].port if starttls else _HTTPS
    host, port = options.target(target, usual_port=usual_port)
    time = options.instant(at)
    configured = options.settings()
    profiles = options.chosen_profiles(profile or (), configured)
    guard = Guard(configured.allowed_networks)
    timeout = configured.probe_timeout_seconds
    seen = asyncio.run(look(host, port, guard=guard, timeout=timeout, starttls=starttls))
    meaning = examine(seen, at=time, profiles=profiles.values())
    options.finish(Report(meaning, profiles, seen), as_json=as_json)
