"""Dependencies of handlers: a context with one transaction, committed before the response.

`scope="function"` matters: an ordinary `yield` dependency ends after the response has been sent,
and a failing commit would already have been answered with 201.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request

from app.domain.errors import TooManyError, UnauthenticatedError, UnavailableError
from app.settings import Settings
from app.usecases.context import Actor, Ctx
from app.usecases.database import Database
from app.usecases.encryption import SecretBox
from app.usecases.public.former_paths import FormerPaths
from app.usecases.sources.quota import HookQuota
from app.usecases.users import api_tokens
from app.web.import_processes import StartImport
from app.web.intake.receiver import Receiver
from app.web.oidc.discovery import Discovery
from app.web.page_cache.renderer import PageRenderer
from app.web.problems import ErrorPages
from app.web.rate_limits import RateLimits
from app.web.requests.request_body import accept_whole_body

if TYPE_CHECKING:  # imported with the first message of Amazon SNS
    from app.web.intake.sns_signatures import SnsCertificates

__all__ = [
    "Acting",
    "AppState",
    "Reading",
    "StaffReading",
    "actor_of",
    "app_state",
    "hook_quota",
]

_BEARER = re.compile(r"bearer +([\x21-\x7e]{1,200})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AppState:
    """What `app.main` creates once per application and the handlers use.

    `reading_turns` bounds the transactions that are open while a request goes from one thread to
    the next.
    """

    settings: Settings
    database: Database
    renderer: PageRenderer
    receiver: Receiver
    secret_box: SecretBox
    sns_certificates: "Callable[[], SnsCertificates]"
    discovery: Discovery
    console_errors: ErrorPages
    start_import: StartImport
    reading_turns: asyncio.Semaphore
    rate_limits: RateLimits = field(default_factory=RateLimits)
    former_paths: FormerPaths = field(default_factory=FormerPaths)


def app_state(request: Request) -> AppState:
    """The state of the application that serves this request."""
    state: AppState = request.app.state.fyr
    return state


def hook_quota(settings: Settings) -> HookQuota:
    """The daily quota of stored inbound events."""
    return HookQuota(settings.hook_source_day_bytes, settings.hook_day_bytes)


def _visiting(request: Request) -> Iterator[Ctx]:
    with app_state(request).database.reading() as ctx:
        yield ctx


def actor_of(request: Request) -> Actor:
    """The actor of the bearer token, looked up once in a request. Raises UnauthenticatedError.

    From then on the whole body is accepted.
    """
    known: Actor | None = getattr(request.state, "actor", None)
    if known is not None:
        return known
    match = _BEARER.fullmatch(request.headers.get("authorization", ""))
    if match is None:
        raise UnauthenticatedError(
            "Send a token: `Authorization: Bearer TOKEN`. `fyr token add` makes one."
        )
    state, secret = app_state(request), match.group(1)
    with state.database.reading() as ctx:
        actor = api_tokens.actor_of(ctx, secret)
        is_use_due, now = api_tokens.is_use_due(ctx, secret), ctx.now
    _count_request(request, actor, now)
    if is_use_due:
        # Optional: a request neither waits for a busy database nor fails because of it.
        with suppress(UnavailableError), state.database.writing(actor, wait=False) as ctx:
            api_tokens.record_use(ctx, secret)
    accept_whole_body(request.scope)
    request.state.actor = actor
    return actor


def _count_request(request: Request, actor: Actor, now: datetime) -> None:
    """Count a request of a token. Raises TooManyError when it has sent too many this minute."""
    state = app_state(request)
    if not state.settings.api_rate:
        return
    quota = state.rate_limits.count(actor.name, now, state.settings.api_rate)
    request.state.quota_headers = quota.headers
    if quota.rest < 0:
        raise TooManyError(
            f"This token may send {quota.limit} requests in a minute.",
            code="too_many_requests",
            data={"seconds": quota.seconds},
        )


Acting = Annotated[Actor, Depends(actor_of, scope="function")]


async def _turn(request: Request) -> AsyncIterator[None]:
    """Wait until fewer transactions than half of the pool are open across several threads.

    A transaction is opened in one thread, used in another and its answer made in a third. When more
    requests wait for a connection than there are threads, those that have one wait for a thread:
    120 requests of one token stopped everything for the 30 seconds that the pool waits.
    """
    async with app_state(request).reading_turns:
        yield


def _reading(
    request: Request, actor: Acting, _turn: Annotated[None, Depends(_turn, scope="function")]
) -> Iterator[Ctx]:
    with app_state(request).database.reading(actor) as ctx:
        yield ctx


# The context of a visitor, and of an API token that reads. What writes runs in `ApiWriter` and
# `StaffRequest.write`, which commit before they answer.
Reading = Annotated[Ctx, Depends(_visiting, scope="function")]
StaffReading = Annotated[Ctx, Depends(_reading, scope="function")]
