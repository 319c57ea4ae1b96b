"""Use-case context: the transaction, its actor and its instant; every use case takes a `Ctx`."""

import secrets
import string
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from sqlmodel import Session

from app.domain.errors import ForbiddenError, NotFoundError
from app.domain.ownership import ActorKind
from app.domain.permissions import Action, Role, may

__all__ = ["NOBODY", "SHELL", "Actor", "Ctx", "new_id", "required"]

FoundT = TypeVar("FoundT")

_ALPHABET = string.ascii_lowercase + string.digits
_ID_LENGTH = 12
_IDS = len(_ALPHABET) ** _ID_LENGTH


def new_id() -> str:
    """A fresh public id: twelve random characters of [a-z0-9], 62 bits."""
    number = secrets.randbelow(_IDS)
    found = []
    for _ in range(_ID_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        found.append(_ALPHABET[digit])
    return "".join(found)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `role` is None for actors without a role check: automation and the shell.

    `user_id` is the public id of the person behind the actor: the user who has signed in, or the
    owner of the API token; None for automation, for the shell and for tokens without an owner.
    """

    kind: ActorKind
    name: str
    role: Role | None = None
    user_id: str | None = None


NOBODY = Actor(ActorKind.USER, "visitor", Role.VIEWER)
SHELL = Actor(ActorKind.SHELL, "shell")


@dataclass(slots=True)
class Ctx:
    """One transaction of one actor at one instant.

    A use case never commits: the caller that opened the context does, before the response is sent.
    `approved` states that a second person has approved the command that runs in it. `checked` are
    the names of the permissions, and of other conditions, that use cases have required so far.
    """

    session: Session
    actor: Actor
    now: datetime
    approved: bool = False
    visibly_changed: bool = field(default=False, init=False)
    audited: bool = field(default=False, init=False)
    checked: set[str] = field(default_factory=set, init=False)

    def may(self, action: Action) -> bool:
        """Whether the actor may do `action`."""
        return self.actor.role is None or may(self.actor.role, action)

    def require(self, action: Action) -> None:
        """Raise ForbiddenError unless the actor may do `action`."""
        self.checked.add(action.value)
        if self.actor.role is not None and not may(self.actor.role, action):
            raise ForbiddenError(f"This needs more than the role {self.actor.role.value}.")

    def touch(self) -> None:
        """Mark that something visible to visitors has changed: the commit adds a revision."""
        self.visibly_changed = True


def required(found: FoundT | None, message: str, *, code: str = NotFoundError.code) -> FoundT:
    """What a lookup has found. Raises NotFoundError with this message and code when it is None."""
    if found is None:
        raise NotFoundError(message, code=code)
    return found
