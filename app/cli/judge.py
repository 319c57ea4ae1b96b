"""`fyr judge`: judges a chain from a file, without network, database or settings."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.chains import options
from app.cli.chains.files import certificates, chain_in, profiles_for
from app.cli.chains.report import Report, report_of
from app.cli.chains.words import utc_text
from app.trust.judge import examine

__all__ = ["judge"]


def judge(  # noqa: PLR0917  # typer: each option is an argument
    chain: Annotated[
        Path, typer.Argument(metavar="CHAIN.pem", help="The certificates, the server's own first.")
    ],
    host: Annotated[str, typer.Option(help="The host name or address that clients want.")],
    at: options.At = None,
    profile: options.Profiles = None,
    roots: options.Roots = None,
    known: options.Known = None,
    svg: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a diagram of the chain and its breaks to a file."),
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Judge a certificate chain as clients would, now and ahead.

    Exit codes: 0 all connect and nothing is near, 1 a warning or only legacy clients fail,
    2 current clients fail, 64 wrong use.
    """
    time = options.instant(at)
    host = options.host_name(host)
    main_profiles, other_profiles = profiles_for(profile or [], roots)
    served, spare = chain_in(chain), certificates(known)
    examination = examine(served, host=host, at=time, profiles=main_profiles.values(), known=spare)
    report = report_of(examination, served, main_profiles, other_profiles, spare)
    if svg is not None:
        _draw(report, svg)
    options.finish([report], as_json=as_json)


def _draw(report: Report, file: Path) -> None:
    from app.rendering.chain_picture import PictureTexts, draw_chain

    examination = report.examination
    texts = PictureTexts(
        title=f"The certificates that {examination.host} serves, and when clients will refuse them",
        today="Today",
        date=utc_text,
        labels={name: one.label.get("en", name) for name, one in report.profiles.items()},
    )
    every = (*report.horizons, *report.others)
    try:
        file.write_bytes(draw_chain(examination.chain, every, at=examination.at, texts=texts))
    except (OSError, ValueError) as error:
        options.usage_error(
            f"{file} cannot be written: {getattr(error, 'strerror', None) or error}."
        )
