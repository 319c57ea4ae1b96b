"""Requests of visitors that change something: the language of their answer, and the transaction."""

from collections.abc import Callable
from typing import TypeVar

from fastapi import Request

from app.domain.errors import ConflictError, NotFoundError
from app.usecases.context import NOBODY, Ctx
from app.web.dependencies import app_state
from app.web.page_cache.endpoints import requested_variant

__all__ = ["published_language", "write_as_visitor"]

ResultT = TypeVar("ResultT")


def published_language(request: Request, tag: str | None) -> str:
    """The language of the answer. Raises NotFoundError for a tag that is not published."""
    facts = app_state(request).renderer.page_facts_blocking()
    if tag is not None and tag.lower() not in facts.languages:
        raise NotFoundError("There is nothing at this URL.")
    return requested_variant(request, facts, tag).language


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
