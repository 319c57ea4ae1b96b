"""The ways through the console, in the order in which they are shown: one line for each screen."""

from collections.abc import Callable
from dataclasses import dataclass

from app.domain.permissions import Action, Role, may
from app.domain.phrases import N_
from app.rendering.console.pages import NavigationLink

__all__ = ["NAVIGATION", "NavigationItem", "navigation_links"]


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """A screen in the navigation; it is shown to those who may do `needs`."""

    path: str
    name: str
    needs: Action = Action.READ


# The order to keep: Now, Incidents, Maintenance, Saved replies, Services, Certificates, Sources,
# Users, Tokens, Audit log, Settings, My account.
NAVIGATION = (
    NavigationItem("/console/", N_("Now")),
    NavigationItem("/console/incidents", N_("Incidents")),
    NavigationItem("/console/maintenances", N_("Maintenance")),
    NavigationItem("/console/replies", N_("Saved replies")),
    NavigationItem("/console/services", N_("Services")),
    NavigationItem("/console/certificates", N_("Certificates")),
    NavigationItem("/console/sources", N_("Sources")),
    NavigationItem("/console/users", N_("Users"), Action.CONFIGURE),
    NavigationItem("/console/tokens", N_("Tokens"), Action.CONFIGURE),
    NavigationItem("/console/audit", N_("Audit log"), Action.AUDIT),
    NavigationItem("/console/page", N_("Settings"), Action.CONFIGURE),
    NavigationItem("/console/account", N_("My account")),
)


def navigation_links(
    role: Role, path: str, word: Callable[[str], str]
) -> tuple[NavigationLink, ...]:
    """The entries for somebody with `role` who is at `path`, worded by `word`."""
    return tuple(
        NavigationLink(entry.path, word(entry.name), _is_here(entry.path, path))
        for entry in NAVIGATION
        if may(role, entry.needs)
    )


def _is_here(entry: str, path: str) -> bool:
    return path == entry or (not entry.endswith("/") and path.startswith(f"{entry}/"))
