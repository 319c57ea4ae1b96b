"""`fyr judge`: a chain from a file, judged for client profiles at any time. Needs no network, no
database and no settings.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from app.cli import chain_options as options
from app.cli.chain_report import Report
from app.rendering.chain_picture import Words, draw_chain
from app.trust.advice import advise
from app.trust.certificate import Certificate
from app.trust.chain import Chain, read_pem
from app.trust.errors import ChainError, StoreError
from app.trust.horizons import horizons
from app.trust.judge import examine
from app.trust.profiles import Profile
from app.trust.stores import store_from_pem

__all__ = ["judge"]

_MOST_BYTES = 10_000_000


def judge(  # noqa: PLR0917  # typer: each option is an argument
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
    roots: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Judge for clients that trust the roots in this file."),
    ] = None,
    known: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Certificates that could be served as well."),
    ] = None,
    svg: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw the chain and its breaks in a file.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Judge a certificate chain as clients would, now and ahead.

    Exit codes: 0 all connect and nothing is near, 1 a warning or only legacy clients fail,
    2 current clients fail, 64 wrong use.
    """
    time = options.instant(at)
    asked, others = _profiles(profile or [], roots)
    served = _read(chain)
    spare = _read(known).certificates if known else ()
    report = _report(served, host, time, asked, others, spare)
    if svg is not None:
        _draw(report, svg)
    options.finish(report, as_json=as_json)


def _report(
    served: Chain,
    host: str,
    at: datetime,
    asked: Mapping[str, Profile],
    others: Mapping[str, Profile],
    spare: tuple[Certificate, ...],
) -> Report:
    every = {**asked, **others}
    return Report(
        examine(served, host=host, at=at, profiles=asked.values(), known=spare),
        every,
        None,
        horizons(served, host=host, at=at, profiles=asked.values(), known=spare),
        advise(served, host=host, at=at, profiles=every.values(), known=spare),
        horizons(served, host=host, at=at, profiles=others.values(), known=spare),
    )


def _draw(report: Report, file: Path) -> None:
    seen = report.examination
    words = Words(
        title=f"The certificates that {seen.host} serves, and when clients will refuse them",
        today="Today",
        date=lambda instant: f"{instant:%Y-%m-%d %H:%M:%S}Z",
        labels={name: one.label.get("en", name) for name, one in report.profiles.items()},
    )
    every = (*report.horizons, *report.others)
    try:
        file.write_bytes(draw_chain(seen.chain, every, at=seen.at, words=words))
    except (OSError, ValueError) as error:
        options.refuse(f"{file} cannot be written: {getattr(error, 'strerror', None) or error}.")


def _profiles(
    wanted: list[str], roots: Path | None
) -> tuple[Mapping[str, Profile], Mapping[str, Profile]]:
    """The profiles that count, and those that are shown for information."""
    given = {} if roots is None else _own(roots)
    if given and not wanted:
        return given, {}
    known = options.known_profiles(options.profiles_folder())
    asked = {**given, **options.asked_of(known, wanted)}
    others = {} if wanted else {name: one for name, one in known.items() if name not in asked}
    return asked, others


def _own(file: Path) -> Mapping[str, Profile]:
    try:
        store = store_from_pem(str(file), _bytes(file))
    except StoreError as error:
        options.refuse(error.message)
    return {"roots": Profile("roots", {"en": f"Clients that trust {file.name}"}, "any_path", store)}


def _read(file: Path) -> Chain:
    try:
        return read_pem(_bytes(file))
    except ChainError as error:
        options.refuse(f"{file}: {error.message}")


def _bytes(file: Path) -> bytes:
    try:
        if file.stat().st_size > _MOST_BYTES:
            options.refuse(f"{file} is larger than {_MOST_BYTES} bytes.")
        return file.read_bytes()
    except (OSError, ValueError) as error:
        options.refuse(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}.")
