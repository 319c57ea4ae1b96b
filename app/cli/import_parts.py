"""Parts of an import that need channels, keys or the registry: rooms, targets, names of files."""

from pathlib import Path

from app.channels import CHANNELS
from app.domain.errors import InvalidError
from app.domain.notifications.subscribers.choices import Choices
from app.importers.registry import ImporterKind
from app.ports.importer import SourceForm
from app.secret_keys import secret_box
from app.settings import Settings
from app.usecases.context import Ctx
from app.usecases.imports.subscribers import AddRoom
from app.usecases.subscribers import rooms
from app.usecases.targets.targets import NewTarget, add_target, target_number

__all__ = ["add_draft_target", "named_error", "room_adder"]

_HTTP = ("http://", "https://")


def room_adder(settings: Settings) -> AddRoom:
    """A function that adds a room for a webhook or for Slack and returns the id of its row."""

    def add_room(ctx: Ctx, channel: str, url: str, choices: Choices) -> int:
        name = url.partition("://")[2].partition("/")[0][:80]
        new = rooms.NewRoom(channel, name, {"url": url}, choices)
        created = rooms.add_room(ctx, secret_box(settings), new, CHANNELS)
        return rooms.room_number(ctx, created.room.id)

    return add_room


def add_draft_target(
    ctx: Ctx, host: str, port: int, starttls: str | None, slugs: tuple[str, ...]
) -> int:
    """Add a target as a draft: staff publish what its probes find. The id of its row."""
    new = NewTarget(host, port, starttls, slugs, publish="draft")
    return target_number(ctx, add_target(ctx, new, ()).id)


def named_error(error: InvalidError, source: str, kind: ImporterKind) -> InvalidError:
    """The error with the name of the file, unless its message has it, in one printable line.

    Messages name what the source has: names of files, and refs, which may hold line breaks.
    """
    name = Path(source).name
    is_file = SourceForm.FILE in kind.forms and not source.startswith(_HTTP)
    is_named = not is_file or name in error.message
    message = error.message if is_named else f"{name}: {error.message}"
    return InvalidError(
        _printable(message), code=error.code, field=error.field, data=_printable_data(error)
    )


def _printable_data(error: InvalidError) -> dict[str, str | int]:
    return {
        name: _printable(value) if isinstance(value, str) else value
        for name, value in error.data.items()
    }


def _printable(text: str) -> str:
    """The text with line breaks and other control characters as escape sequences."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode("ascii")
        for each in text
    )
