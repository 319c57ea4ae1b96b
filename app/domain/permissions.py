"""Roles of staff and their permissions. app.db.queries.visibility decides what visitors see."""

from enum import StrEnum

__all__ = ["Action", "Role", "lower_role", "may"]


class Role(StrEnum):
    """The role of a user or API token; each has all permissions of the one before it."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"


class Action(StrEnum):
    """A permission: read, edit content, configure, read the audit log."""

    READ = "read"
    EDIT = "edit"
    CONFIGURE = "configure"
    AUDIT = "audit"


_REQUIRED_ROLE = {
    Action.READ: Role.VIEWER,
    Action.EDIT: Role.EDITOR,
    Action.CONFIGURE: Role.ADMIN,
    Action.AUDIT: Role.ADMIN,
}

_RANK = {role: rank for rank, role in enumerate(Role)}


def lower_role(role: Role, other: Role) -> Role:
    """The role of the two with fewer permissions."""
    return min(role, other, key=_RANK.__getitem__)


def may(role: Role, action: Action) -> bool:
    """Whether `role` has the permission `action`."""
    return _RANK[role] >= _RANK[_REQUIRED_ROLE[action]]
