"""`fyr judge`: a chain from a file, judged for client profiles at any time. Needs no network."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli import chain_options as options
from app.cli.chain_report import Report
from app.trust.chain import Chain, read_pem
from app.trust.errors import ChainError
from app.trust.judge import examine

__all__ = ["judge"]

_MOST_BYTES = 10_000_000


def judge(
    chain: Annotated[
        Path, typer.Argument(metavar="CHAIN.pem", help="The certificates, the server's own first.")
    ],
    host: Annotated[str, typer.Option(help="The host name or address that clients want.")],
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="Judge as of this time (UTC), not now.")
    ] = None,
    profile: Annotated[
        list[str] | None, typer.Option(help="Judge for this client profile only; repeatable.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Judge a certificate chain as clients would.

    Exit codes: 0 all connect and nothing is near, 1 a warning or only legacy clients fail,
    2 current clients fail, 64 wrong use.
    """
    time = options.instant(at)
    profiles = options.chosen_profiles(profile or (), options.settings())
    seen = examine(_read(chain), host=host, at=time, profiles=profiles.values())
    options.finish(Report(seen, profiles), as_json=as_json)


def _read(file: Path) -> Chain:
    try:
        if file.stat().st_size > _MOST_BYTES:
            options.refuse(f"{file} is larger than {_MOST_BYTES} bytes.")
        return read_pem(file.read_bytes())
    except ChainError as error:
        options.refuse(f"{file}: {error.message}")
    except (OSError, ValueError) as error:
        options.refuse(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}.")
