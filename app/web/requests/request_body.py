"""Request body: how much of it is accepted, and reading and parsing it.

Until a handler knows the sender, only a small body is accepted. Bodies are parsed in threads of
their own: the event loop serves visitors meanwhile. Bodies of strangers have one thread and bodies
of known senders another, so that strangers cannot make them wait.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from starlette.requests import ClientDisconnect, Request
from starlette.types import Scope

from app.web.problems import RefusedError

__all__ = [
    "SCOPE_KEY",
    "BodyAllowance",
    "accept_whole_body",
    "limit_body",
    "parse_body",
    "read_body",
]

SCOPE_KEY = "fyr.body"

ParsedT = TypeVar("ParsedT")


@dataclass(slots=True)
class BodyAllowance:
    """How many bytes of a body are accepted: `anonymous` until the sender is known, then `full`."""

    anonymous: int
    full: int
    is_known: bool = False

    @property
    def limit(self) -> int:
        """The limit at present."""
        return self.full if self.is_known else min(self.anonymous, self.full)


def accept_whole_body(scope: Scope) -> None:
    """Raise the limit of this request's body: its sender is known."""
    allowance: BodyAllowance = scope[SCOPE_KEY]
    allowance.is_known = True


def limit_body(scope: Scope, limit: int) -> None:
    """Lower the limit of this request's body: it is read into memory."""
    allowance: BodyAllowance = scope[SCOPE_KEY]
    allowance.full = min(allowance.full, limit)


async def read_body(request: Request) -> bytes:
    """The whole body. Raises RefusedError: 413 when it is too large, 400 when it ends early."""
    try:
        return await request.body()
    except ClientDisconnect:
        raise RefusedError(400, "body_incomplete", "The body ended too early.") from None


async def parse_body(scope: Scope, parse: Callable[[], ParsedT]) -> ParsedT:
    """Call `parse` in a thread for parsing, and return or raise what it does."""
    allowance: BodyAllowance = scope[SCOPE_KEY]
    threads = _threads(is_known=allowance.is_known)
    return await asyncio.get_running_loop().run_in_executor(threads, parse)


@cache
def _threads(*, is_known: bool) -> ThreadPoolExecutor:
    # One each: parsing holds the interpreter's lock, and more threads would only contend for it.
    name = "known" if is_known else "anonymous"
    return ThreadPoolExecutor(1, thread_name_prefix=f"fyr-parse-{name}")
