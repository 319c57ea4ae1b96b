"""`fyr target ...`: endpoints that the certificate probes watch, from a shell."""

from typing import Annotated

import typer

from app.cli.chains import options
from app.cli.database import every_item, open_database
from app.domain.certificates.probe_results import STARTTLS_PORTS
from app.settings import load_settings
from app.usecases.context import SHELL
from app.usecases.targets import targets
from app.usecases.targets.profiles import load_profiles
from app.usecases.targets.targets import NewTarget, StaffTarget

__all__ = ["target_app"]

target_app = typer.Typer(help="Targets: hosts and ports that are probed.", no_args_is_help=True)

_HTTPS = 443
_PAGE = 100


@target_app.command("add")
def add_target(
    address: Annotated[
        str, typer.Argument(metavar="HOST[:PORT]", help="The host and port to probe.")
    ],
    service: Annotated[
        list[str], typer.Option(help="The slug of a service that depends on it; repeatable.")
    ],
    starttls: Annotated[str | None, typer.Option(help="Ask for TLS over this protocol.")] = None,
    publish: Annotated[
        str, typer.Option(help="auto, draft or auto_after:MINUTES: when incidents become public.")
    ] = "auto",
    profile: Annotated[
        list[str] | None, typer.Option(help="A client profile to judge for; repeatable.")
    ] = None,
    interval: Annotated[int, typer.Option(help="Seconds between probes.")] = 60,
) -> None:
    """Watch an endpoint's certificates from now on."""
    settings = load_settings()
    host, port = options.target(address, usual_port=_default_port(starttls))
    new = NewTarget(
        host,
        port,
        starttls,
        tuple(service),
        publish,
        interval,
        profiles=tuple(profile) if profile else None,
    )
    known = load_profiles(settings.data_dir / "profiles")
    with open_database(settings) as database, database.writing(SHELL) as ctx:
        added = targets.add_target(ctx, new, known)
    typer.echo(f"{added.host}:{added.port} is probed from now on.")


@target_app.command("list")
def list_targets() -> None:
    """List the targets, newest first: id, state, last probe, services, address."""
    with open_database(load_settings()) as database:
        for each in every_item(
            database, lambda ctx, cursor: targets.list_targets(ctx, cursor=cursor, limit=_PAGE)
        ):
            typer.echo(_line(each))


@target_app.command("remove")
def remove_target(target: Annotated[str, typer.Argument(help="The id of the target.")]) -> None:
    """Remove a target: its probes end. Incidents that only it kept open are handed to staff."""
    with open_database(load_settings()) as database, database.writing(SHELL) as ctx:
        targets.delete_target(ctx, target)
    typer.echo(f"{target} is not probed any more.")


def _line(target: StaffTarget) -> str:
    probed = "-" if target.last_probed_at is None else target.last_probed_at.isoformat()
    fields = (
        target.id,
        "paused" if target.paused else target.state,
        probed,
        ",".join(target.services) or "-",
        f"{target.host}:{target.port}",
    )
    return "\t".join(fields)


def _default_port(starttls: str | None) -> int:
    if starttls is None:
        return _HTTPS
    if starttls not in STARTTLS_PORTS:
        raise typer.BadParameter(
            f"--starttls {starttls!r} is not one of {', '.join(STARTTLS_PORTS)}."
        )
    return STARTTLS_PORTS[starttls]
