"""Navigation of the console: its screens, in the order in which they are shown."""

from collections.abc import Callable
from dataclasses import dataclass

from app.domain.permissions import Action, Role, may
from app.domain.texts.phrases import N_
from app.rendering.console.pages import NavigationLink

__all__ = ["NAVIGATION", "NavigationItem", "navigation_links"]


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """A screen in the navigation; shown to users whose role allows `needs`.

    It is the current one also on the pages below `also`.
    """

    path: str
    name: str
    needs: Action = Action.READ
    also: str | None = None


NAVIGATION = (
    NavigationItem("/console/", N_("Now")),
    NavigationItem("/console/incidents", N_("Incidents")),
    NavigationItem("/console/maintenances", N_("Maintenance")),
    NavigationItem("/console/replies", N_("Saved replies")),
    NavigationItem("/console/templates", N_("Templates")),
    NavigationItem("/console/services", N_("Services")),
    NavigationItem("/console/certificates", N_("Certificates")),
    NavigationItem("/console/sources", N_("Sources"), also="/console/routes"),
    NavigationItem("/console/subscribers", N_("Subscribers")),
    NavigationItem("/console/rooms", N_("Rooms and channels"), Action.EDIT),
    NavigationItem("/console/deliveries", N_("Deliveries"), Action.EDIT),
    NavigationItem("/console/languages", N_("Languages")),
    NavigationItem("/console/users", N_("Users"), Action.CONFIGURE),
    NavigationItem("/console/tokens", N_("Tokens"), Action.CONFIGURE),
    NavigationItem("/console/audit", N_("Audit log"), Action.AUDIT),
    NavigationItem("/console/page", N_("Settings"), Action.CONFIGURE),
    NavigationItem("/console/account", N_("My account")),
)


def navigation_links(
    role: Role, path: str, translate: Callable[[str], str]
) -> tuple[NavigationLink, ...]:
    """The links for a user with `role` on the page `path`, named by `translate`."""
    return tuple(
        NavigationLink(item.path, translate(item.name), _is_current(item, path))
        for item in NAVIGATION
        if may(role, item.needs)
    )


def _is_current(item: NavigationItem, path: str) -> bool:
    return any(
        path == screen or (not screen.endswith("/") and path.startswith(f"{screen}/"))
        for screen in (item.path, item.also)
        if screen is not None
    )
