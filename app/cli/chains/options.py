"""Options that `fyr probe` and `fyr judge` share, and their validation."""

import os
import shutil
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from app.cli.chains.report import Exit, Report, worst_of
from app.cli.chains.report import as_json as objects
from app.cli.chains.terminal import render_report
from app.cli.chains.words import escaped
from app.cli.processes.env_file import data_dir
from app.domain.errors import FyrError
from app.host_names import ascii_host, ip_literal
from app.ports.clock import system_clock
from app.trust.clients.profiles import (
    DEFAULT_PROFILES,
    Profile,
    reference_profiles,
    shipped_profiles,
)
from app.usecases.targets.profiles import load_profiles

if TYPE_CHECKING:  # `fyr judge` needs no settings: importing them takes as long as judging a chain
    from app.settings import Settings

__all__ = [
    "AsJson",
    "At",
    "Known",
    "Profiles",
    "Roots",
    "chosen_profiles",
    "finish",
    "host_name",
    "instant",
    "known_profiles",
    "profiles_folder",
    "settings",
    "target",
    "usage_error",
]

# The options of `fyr judge` and `fyr probe`.
At = Annotated[
    str | None, typer.Option(metavar="TIME", help="Judge as of this time (UTC), not now.")
]
Profiles = Annotated[
    list[str] | None, typer.Option(help="Judge for this client profile only; repeatable.")
]
Roots = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Judge for clients that trust the roots in this file."),
]
Known = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Certificates that the server could also serve."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def usage_error(message: str) -> NoReturn:
    """Print an error on stderr and exit with 64."""
    typer.echo(f"fyr: {escaped(message)}", err=True)
    raise typer.Exit(Exit.WRONG_USE)


def settings() -> "Settings":
    """Return the settings, or exit with a usage error."""
    from app.settings import SettingsError, load_settings

    try:
        return load_settings()
    except SettingsError as error:
        usage_error(str(error))


def instant(text: str | None) -> datetime:
    """Return the time of `--at`, in UTC unless it has an offset; the present without it."""
    if text is None:
        return system_clock()
    try:
        parsed = datetime.fromisoformat(text)
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        usage_error(f"--at {text!r} is no time; write it like 2021-09-30T14:02Z.")


def profiles_folder() -> Path:
    """Return the folder of the operator's profiles, even when other settings are invalid."""
    return data_dir() / "profiles"


def known_profiles(folder: Path) -> Mapping[str, Profile]:
    """Return all profiles: the shipped ones and those in `folder`."""
    try:
        return load_profiles(folder)
    except FyrError as error:
        usage_error(error.message)


def chosen_profiles(known: Mapping[str, Profile], wanted: Sequence[str]) -> Mapping[str, Profile]:
    """Return the profiles that count: the wanted ones, or the default ones and the operator's."""
    by_name = {**reference_profiles(), **known}
    for name in wanted:
        if name not in by_name:
            usage_error(f"There is no profile {name!r}; there are {', '.join(by_name)}.")
    if wanted:
        return {name: by_name[name] for name in wanted}
    passed_over = shipped_profiles().keys() - set(DEFAULT_PROFILES)
    return {name: profile for name, profile in known.items() if name not in passed_over}


def host_name(text: str) -> str:
    """Return `text` if it is a host name or an address, or exit with a usage error."""
    if ip_literal(text) is None and ascii_host(text) is None:
        usage_error(f"{text[:80]!r} is not a host name or an IP address.")
    return text


def target(text: str, *, usual_port: int) -> tuple[str, int]:
    """Parse `HOST`, `HOST:PORT`, `[IPV6]` or `[IPV6]:PORT` into host and port."""
    if "/" in text or "@" in text:
        usage_error(f"{text!r} is no HOST[:PORT]; leave out scheme and path.")
    host, port = _split(text)
    bare = host.removeprefix("[").removesuffix("]")
    if not bare or (":" in bare and ip_literal(bare) is None):
        usage_error(f"{text!r} is no HOST[:PORT]; an IPv6 address with a port is [::1]:443.")
    host_name(bare)
    if port is None:
        return bare, usual_port
    if not (port.isascii() and port.isdecimal() and len(port) <= 5 and 0 < int(port) < 65536):
        usage_error(f"{port!r} is no port; ports are 1 to 65535.")
    return bare, int(port)


def _split(text: str) -> tuple[str, str | None]:
    # More colons than one without brackets: a bare IPv6 address.
    if text.startswith("["):
        host, bracket, rest = text.partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            return "", None
        return host + bracket, rest[1:] if rest else None
    if text.count(":") == 1:
        host, _, port = text.partition(":")
        return host, port
    return text, None


def finish(reports: Sequence[Report], *, as_json: bool) -> NoReturn:
    """Print the reports and exit with the worst of their codes."""
    if as_json:
        typer.echo(objects(reports))
    else:
        colourful = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        width = shutil.get_terminal_size().columns
        typer.echo(
            "\n\n".join(render_report(one, width=width, colourful=colourful) for one in reports)
        )
        if len(reports) > 1:
            typer.echo(f"\n{_summary(reports)}")
    raise typer.Exit(worst_of(reports))


def _summary(reports: Sequence[Report]) -> str:
    counts = Counter(report.exit.name.lower() for report in reports)
    counted = ", ".join(f"{count} {result}" for result, count in counts.items())
    return f"{len(reports)} endpoints: {counted}"
