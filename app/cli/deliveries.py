"""`fyr delivery list|repeat`: deliveries to subscribers from a shell."""

from typing import Annotated

import typer

from app.channels import CHANNELS
from app.cli.database import every_item, open_database
from app.domain.notifications.states import DeliveryState
from app.settings import load_settings
from app.usecases.context import SHELL
from app.usecases.outbox import deliveries
from app.usecases.outbox.deliveries import DeliveryFilter

__all__ = ["delivery_app"]

delivery_app = typer.Typer(help="Deliveries to subscribers.", no_args_is_help=True)

_PAGE = 100


@delivery_app.command("list")
def list_(
    state: Annotated[
        DeliveryState, typer.Option(help="The state of the deliveries.")
    ] = DeliveryState.DEAD,
    channel: Annotated[str | None, typer.Option(help="Only this kind of channel.")] = None,
    notice: Annotated[str | None, typer.Option(help="Only deliveries of this notice.")] = None,
) -> None:
    """List deliveries, newest first: id, time, state, event, channel, address, error code."""
    filters = DeliveryFilter(state, notice, channel)
    with open_database(load_settings()) as database:
        for each in every_item(
            database,
            lambda ctx, cursor: deliveries.list_deliveries(
                ctx, filters, cursor=cursor, limit=_PAGE
            ),
        ):
            fields = (
                each.id,
                each.made_at.isoformat(),
                each.state.value,
                each.event,
                each.channel,
                each.address or "-",
                each.code or "-",
            )
            typer.echo("\t".join(fields))


@delivery_app.command("repeat")
def repeat(
    ids: Annotated[list[str], typer.Argument(help="The ids of deliveries that have ended.")],
) -> None:
    """Send deliveries again, each as a new delivery. All of them, or none."""
    with open_database(load_settings()) as database, database.writing(SHELL) as ctx:
        for each in ids:
            deliveries.repeat_delivery(ctx, each, CHANNELS)
    typer.echo(f"Sent again: {len(ids)}.")
