"""Route templates: name what a request is about without the values in its path."""

from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["UNMATCHED", "NotedRoute", "note_route", "route_template"]

UNMATCHED = "-"
_SCOPE_KEY = "fyr.route"


def note_route(scope: Scope) -> list[str]:
    """An empty list; when the application has answered, it has the template of the matched route.

    For middleware that cannot see the route itself, because another one passes on a copy of the
    scope.
    """
    noted: list[str] = scope.setdefault(_SCOPE_KEY, [])
    return noted


class NotedRoute:
    """The innermost middleware: passes the matched route to the others, see `note_route`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        finally:
            if _SCOPE_KEY in scope and not scope[_SCOPE_KEY]:
                scope[_SCOPE_KEY].append(route_template(scope))


def route_template(scope: Scope) -> str:
    """The template of the matched route, such as `/hooks/{token}`; "-" when no route matched.

    Log and metrics get it in place of the path: that of a hook or an invitation is a secret.
    """
    # Relative to the router that includes the route, whose prefix is the rest of the path.
    template = getattr(scope.get("route"), "path_format", None)
    if template is None:
        return UNMATCHED
    params = {name: str(value) for name, value in scope.get("path_params", {}).items()}
    try:
        filled = template.format_map(params)
    except (KeyError, ValueError):
        return str(template)
    path = str(scope["path"])
    return path.removesuffix(filled) + template if path.endswith(filled) else str(template)
