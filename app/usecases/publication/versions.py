"""Version of a pending text: a digest of all that visitors would read once it is executed.

Two versions differ when the command, or the draft, postmortem or maintenance that it publishes or
changes, has other content. Times and ids that each execution makes anew do not count.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from app.domain.texts.localized_text import LocalizedText
from app.usecases.context import Actor, Ctx
from app.usecases.publication import commands
from app.usecases.publication.commands import AnyCommand

__all__ = ["version_of"]

# They differ from one preview to the next, or change without anything that visitors read.
_VOLATILE = frozenset({"id", "series", "created_at", "updated_at", "announced_at"})


def version_of(ctx: Ctx, command: AnyCommand, author: Actor) -> str:
    """The version of a command that `author` has submitted. Raises what the command raises."""
    # Later than every stored time, so that a stored time is never taken for the present.
    later = ctx.now + timedelta(microseconds=1)
    content = command.preview(Ctx(ctx.session, author, later, approved=True))
    whole = {
        "kind": command.kind,
        "command": commands.to_json(command),
        "content": _plain(content, _moving_times(command, later)),
    }
    text = json.dumps(whole, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _moving_times(command: AnyCommand, now: datetime) -> Mapping[datetime, str]:
    """The times that come later when the command is executed later, each with its name."""
    update = getattr(command, "first", command)
    minutes = getattr(update, "next_update_minutes", None)
    promised = {} if minutes is None else {now + timedelta(minutes=minutes): "promised"}
    return {**promised, now: "now"}


def _plain(value: Any, moving: Mapping[datetime, str]) -> Any:  # noqa: ANN401  # any field of a record
    """A value of JSON that is equal for equal content."""
    if isinstance(value, LocalizedText):
        return {"texts": dict(value)}
    if is_dataclass(value) and not isinstance(value, type):
        named = {each.name: getattr(value, each.name) for each in fields(value)}
        return {name: _plain(each, moving) for name, each in named.items() if name not in _VOLATILE}
    if isinstance(value, datetime):
        return moving.get(value) or value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(name): _plain(each, moving) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(each, moving) for each in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
