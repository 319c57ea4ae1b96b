"""Router that skips its routes for every path outside its prefix."""

from fastapi import APIRouter
from starlette.routing import Match
from starlette.types import Scope

__all__ = ["PrefixRouter"]


class PrefixRouter(APIRouter):
    """A router whose routes all have its prefix.

    A public path is not matched against the hundreds of routes of the API and the console, and the
    objects that FastAPI builds at the first match are not built in processes that serve only
    visitors.
    """

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """The match of a path with the prefix; none for any other path."""
        if not str(scope["path"]).startswith(self.prefix):
            return Match.NONE, {}
        return super().matches(scope)
