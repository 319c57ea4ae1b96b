"""Routers that are asked only for addresses beneath one place."""

from fastapi import APIRouter
from starlette.routing import Match
from starlette.types import Scope

__all__ = ["PrefixRouter"]


class PrefixRouter(APIRouter):
    """A router whose routes all stand beneath its prefix.

    A visitor's address is not compared with hundreds of staff's, and what FastAPI makes of those at
    the first comparison is not made in a process that only visitors ask.
    """

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As any router, for what is beneath."""
        if not str(scope["path"]).startswith(self.prefix):
            return Match.NONE, {}
        return super().matches(scope)
