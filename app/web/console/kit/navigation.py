"""The ways through the console, in the order in which they are shown: one line for each screen."""

from collections.abc import Callable
from dataclasses import dataclass

from app.domain.permissions import Action, Role, may
from app.domain.phrases import N_
from app.rendering.console.pages import Door

__all__ = ["NAVIGATION", "Entry", "doors"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A screen in the navigation; it is shown to those who may do `needs`."""

    path: str
    name: str
    needs: Action = Action.READ


# The order to keep: Now, Incidents, Maintenance, Saved replies, Services, Certificates, Sources,
# Users, Tokens, Audit log, Settings, My account.
NAVIGATION = (
    Entry("/console/", N_("Now")),
    Entry("/console/incidents", N_("Incidents")),
    Entry("/console/maintenances", N_("Maintenance")),
    Entry("/console/replies", N_("Saved replies")),
    Entry("/console/services", N_("Services")),
    Entry("/console/certificates", N_("Certificates")),
    Entry("/console/sources", N_("Sources")),
    Entry("/console/users", N_("Users"), Action.CONFIGURE),
    Entry("/console/tokens", N_("Tokens"), Action.CONFIGURE),
    Entry("/console/audit", N_("Audit log"), Action.AUDIT),
    Entry("/console/page", N_("Settings"), Action.CONFIGURE),
    Entry("/console/account", N_("My account")),
)


def doors(role: Role, path: str, word: Callable[[str], str]) -> tuple[Door, ...]:
    """The entries for somebody with `role` who is at `path`, worded by `word`."""
    return tuple(
        Door(entry.path, word(entry.name), _is_here(entry.path, path))
        for entry in NAVIGATION
        if may(role, entry.needs)
    )


def _is_here(entry: str, path: str) -> bool:
    return path == entry or (not entry.endswith("/") and path.startswith(f"{entry}/"))
