"""Where a request of the API is worked on: its transaction, and how texts are said on this page.

A write happens once, however often it is sent, and is committed before its answer leaves.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel
from starlette.requests import ClientDisconnect

from app.domain.errors import ConflictError
from app.domain.localized_text import LocalizedText
from app.domain.page.pages import PageFacts
from app.domain.phrases import Phrased, Text
from app.domain.validation import BODY_LIMIT, TITLE_LIMIT, localized
from app.i18n.localization import Locale, localize
from app.usecases.context import Actor, Ctx
from app.usecases.idempotency import StoredResponse, once
from app.usecases.public import pages
from app.web.dependencies import Acting, AppState, StaffReading, app_state
from app.web.problems import RefusedError

__all__ = ["ApiRequest", "ApiWriter", "Reader", "Writer", "phrase_codes"]


TextInput = str | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """One transaction and the page it is about."""

    ctx: Ctx
    page: PageFacts
    data_dir: Path

    @classmethod
    def for_context(cls, ctx: Ctx, state: AppState) -> "ApiRequest":
        settings = state.settings
        return cls(ctx, pages.facts(ctx, settings.base_url), settings.data_dir)

    def title(self, sent: TextInput, field: str = "title") -> LocalizedText:
        """The line that was sent; a plain string is in the page's default language."""
        default = self.page.default_language
        return localized(sent, default=default, field=field, limit=TITLE_LIMIT, one_line=True)

    def body(self, sent: TextInput, field: str = "body") -> LocalizedText:
        """The text that was sent; a plain string is in the page's default language."""
        default = self.page.default_language
        return localized(sent, default=default, field=field, limit=BODY_LIMIT)

    def texts_by_language(self, text: Text) -> dict[str, str]:
        """The text by language tag; what automation says is in the page's default language."""
        if isinstance(text, LocalizedText):
            return dict(text)
        default = self.page.default_language
        locale = Locale.of(default, default=default, zone=ZoneInfo(self.page.time_zone))
        return {default: localize(text, locale).text}

    def locales(self) -> tuple[Locale, ...]:
        """How people are spoken to in each language of the page."""
        zone, default = ZoneInfo(self.page.time_zone), self.page.default_language
        return tuple(Locale.of(tag, default=default, zone=zone) for tag in self.page.languages)


def phrase_codes(text: Text) -> list[str]:
    """The codes of the phrases that automation said; none for a text of staff."""
    return [phrase.code for phrase in text.phrases] if isinstance(text, Phrased) else []


@dataclass(frozen=True, slots=True)
class ApiWriter:
    """Does one write for one actor."""

    state: AppState
    actor: Actor
    key: str | None
    request: bytes

    def __call__(
        self, act: Callable[[ApiRequest], BaseModel | None], *, status: int = 200
    ) -> Response:
        """What `act` answers, after the commit."""
        try:
            answer = self._write(act, status)
        except ConflictError as error:
            if error.code != ConflictError.code:
                raise
            # Another was faster by a moment. Its work is committed now, perhaps under our key.
            answer = self._write(act, status)
        media_type = "application/json" if answer.body else None
        return Response(answer.body, answer.status, media_type=media_type)

    def _write(self, act: Callable[[ApiRequest], BaseModel | None], status: int) -> StoredResponse:
        with self.state.database.writing(self.actor) as ctx:

            def answering() -> StoredResponse:
                answer = act(ApiRequest.for_context(ctx, self.state))
                body = answer.model_dump_json().encode() if answer else b""
                # An answer may know better: what has to wait is accepted, not done.
                return StoredResponse(getattr(answer, "answered_with", status), body)

            return once(ctx, self.state.secret_box, self.key, self.request, answering)


async def _writer(
    request: Request,
    actor: Acting,
    idempotency_key: Annotated[
        str | None,
        Header(
            description="Makes the write happen once, however often it is sent: the same key "
            "and request get the same answer. Kept for two days.",
            json_schema_extra={"minLength": 1, "maxLength": 200, "pattern": "^[\\x21-\\x7e]+$"},
        ),
    ] = None,
) -> ApiWriter:
    try:
        body = await request.body()
    except ClientDisconnect:
        raise RefusedError(400, "body_incomplete", "The body ended too early.") from None
    head = f"{request.method} {request.url.path}\n".encode()
    return ApiWriter(app_state(request), actor, idempotency_key, head + body)


def _open_request(request: Request, ctx: StaffReading) -> Iterator[ApiRequest]:
    yield ApiRequest.for_context(ctx, app_state(request))


# A token's look at the page; a token's write.
Reader = Annotated[ApiRequest, Depends(_open_request, scope="function")]
Writer = Annotated[ApiWriter, Depends(_writer, scope="function")]
