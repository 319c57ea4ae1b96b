"""`fyr room add|list|test`: rooms, such as chat channels and webhooks, from a shell."""

from typing import Annotated

import typer

from app.channels import CHANNELS
from app.cli.database import open_database
from app.domain.errors import InvalidError
from app.domain.notifications.events import IncidentLevel, MaintenanceLevel
from app.domain.notifications.subscribers.choices import Choices, Followed
from app.domain.statuses import Impact
from app.secret_keys import secret_box
from app.settings import load_settings
from app.usecases.context import SHELL
from app.usecases.public import pages
from app.usecases.subscribers import rooms
from app.usecases.subscribers.rooms import NewRoom

__all__ = ["room_app"]

room_app = typer.Typer(help="Rooms: chat channels and webhooks.", no_args_is_help=True)


@room_app.command("add")
def add(  # noqa: PLR0917  # each is an argument or an option of the command
    kind: Annotated[str, typer.Argument(help="The kind of channel, such as slack.")],
    name: Annotated[str, typer.Argument(help="The name of the room.")],
    field: Annotated[
        list[str] | None, typer.Option(help="A field of the channel, as NAME=VALUE; repeatable.")
    ] = None,
    language: Annotated[
        str | None, typer.Option(help="The language; that of the page by default.")
    ] = None,
    service: Annotated[
        list[str] | None, typer.Option(help="The slug of a service; repeatable. All without it.")
    ] = None,
    incidents: Annotated[
        IncidentLevel, typer.Option(help="Which messages about incidents.")
    ] = IncidentLevel.ALL,
    maintenances: Annotated[
        MaintenanceLevel, typer.Option(help="Which messages about maintenances.")
    ] = MaintenanceLevel.ALL,
    minimum: Annotated[
        Impact, typer.Option(help="The smallest impact of incidents.")
    ] = Impact.NONE,
    time_zone: Annotated[
        str | None, typer.Option(help="Such as Europe/Stockholm; that of the page by default.")
    ] = None,
) -> None:
    """Set up a room. Prints its id, and the secret of a webhook once."""
    settings = load_settings()
    values = dict(_pair(each) for each in field or ())
    followed = Followed(services=tuple(dict.fromkeys(service or ())))
    with open_database(settings) as database, database.writing(SHELL) as ctx:
        tag = (language or pages.facts(ctx).default_language).lower()
        choices = Choices(tag, followed, incidents, maintenances, minimum, time_zone)
        new = NewRoom(kind, name, values, choices)
        created = rooms.add_room(ctx, secret_box(settings), new, CHANNELS)
    typer.echo(created.room.id)
    if created.secret is not None:
        typer.echo(created.secret)


@room_app.command("list")
def list_() -> None:
    """List rooms by name: id, state, kind, language, name, address."""
    settings = load_settings()
    with open_database(settings) as database, database.reading(SHELL) as ctx:
        for each in rooms.list_rooms(ctx, secret_box(settings)):
            language = each.choices.language
            fields = (each.id, each.state.value, each.kind, language, each.name, each.address)
            typer.echo("\t".join(fields))


@room_app.command("test")
def test(room: Annotated[str, typer.Argument(help="The id of the room.")]) -> None:
    """Send a test message to a room. The worker sends it."""
    with open_database(load_settings()) as database, database.writing(SHELL) as ctx:
        rooms.test_room(ctx, room)
    typer.echo("The test message is on the way.")


def _pair(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator:
        raise InvalidError("Write a field as NAME=VALUE.", code="unknown_field", field="field")
    return name, value
