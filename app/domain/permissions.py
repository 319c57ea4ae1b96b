"""Roles of staff and what each may do. What a visitor may see is app.db.queries.visibility."""

from enum import StrEnum

__all__ = ["Action", "Role", "may"]


class Role(StrEnum):
    """A staff member's or a token's role; each may do all that the one before may."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"


class Action(StrEnum):
    """What an actor wants to do."""

    READ = "read"
    EDIT = "edit"
    CONFIGURE = "configure"
    AUDIT = "audit"


_NEEDED = {
    Action.READ: Role.VIEWER,
    Action.EDIT: Role.EDITOR,
    Action.CONFIGURE: Role.ADMIN,
    Action.AUDIT: Role.ADMIN,
}

_RANK = {role: rank for rank, role in enumerate(Role)}


def may(role: Role, action: Action) -> bool:
    """Whether someone with `role` may do `action`."""
    return _RANK[role] >= _RANK[_NEEDED[action]]
