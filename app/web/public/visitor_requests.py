"""Requests of visitors that change something: the language of their answer, and the transaction."""

from collections.abc import Callable
from typing import TypeVar

from fastapi import Request

from app.domain.errors import ConflictError
from app.usecases.context import NOBODY, Ctx
from app.web.dependencies import app_state
from app.web.page_cache.endpoints import requested_variant, served_tag

__all__ = ["published_language", "write_as_visitor"]

ResultT = TypeVar("ResultT")


def published_language(request: Request, tag: str | None) -> str:
    """The tag of the answer: a published language, or one in a region.

    Raises NotFoundError for a tag that is not served.
    """
    facts = app_state(request).renderer.page_facts_blocking()
    named = None if tag is None else served_tag(tag, facts.languages)
    return requested_variant(request, facts, named).language


def write_as_visitor(request: Request, act: Callable[[Ctx], ResultT]) -> ResultT:
    """Run `act` in a transaction of a visitor; once more when another one came first."""
    database = app_state(request).database
    try:
        with database.writing(NOBODY) as ctx:
            return act(ctx)
    except ConflictError as error:
        if error.code != ConflictError.code:
            raise
        with database.writing(NOBODY) as ctx:
            return act(ctx)
