"""API request: its transaction, its texts, and writes with an idempotency key.

A write is committed before its response is sent.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel

from app.domain.errors import ConflictError
from app.domain.page.pages import PageFacts
from app.domain.texts.localized_text import LocalizedText
from app.domain.texts.phrases import Phrased, Text
from app.domain.texts.text_origin import OriginKind, TextOrigin
from app.domain.validation import BODY_LIMIT, TITLE_LIMIT, localized
from app.i18n.localization import Locale, localize
from app.usecases.context import Actor, Ctx
from app.usecases.encryption import SecretBox
from app.usecases.idempotency import StoredResponse, once
from app.usecases.public import pages
from app.usecases.sources.quota import HookQuota
from app.web.dependencies import Acting, AppState, StaffReading, app_state, hook_quota
from app.web.requests.request_body import read_body

__all__ = ["ApiRequest", "ApiWriter", "Reader", "Writer", "phrase_codes"]


TextInput = str | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """One API request: its transaction, the facts of the page, the box of stored secrets, and
    settings that it needs.
    """

    ctx: Ctx
    page: PageFacts
    data_dir: Path
    secret_box: SecretBox
    hook_quota: HookQuota

    @classmethod
    def for_context(cls, ctx: Ctx, state: AppState) -> "ApiRequest":
        settings = state.settings
        facts = pages.facts(ctx, settings.base_url)
        return cls(ctx, facts, settings.data_dir, state.secret_box, hook_quota(settings))

    def title(self, sent: TextInput, field: str = "title") -> LocalizedText:
        """Validate a one-line text; a string is in the default language. Raises InvalidError."""
        default = self.page.default_language
        title = localized(sent, default=default, field=field, limit=TITLE_LIMIT, one_line=True)
        return self._with_origin(title)

    def body(self, sent: TextInput, field: str = "body") -> LocalizedText:
        """Validate a text; a string is in the default language. Raises InvalidError."""
        default = self.page.default_language
        return self._with_origin(localized(sent, default=default, field=field, limit=BODY_LIMIT))

    def _with_origin(self, text: LocalizedText) -> LocalizedText:
        origin = TextOrigin(OriginKind.PROGRAM, self.ctx.actor.name)
        return text.with_origins(dict.fromkeys(text.translations, origin))

    def texts_by_language(self, text: Text) -> dict[str, str]:
        """A text by language tag; a text of phrases is in the default language of the page."""
        if isinstance(text, LocalizedText):
            return dict(text)
        default = self.page.default_language
        locale = Locale.of(default, default=default, zone=ZoneInfo(self.page.time_zone))
        return {default: localize(text, locale).text}

    def locales(self) -> tuple[Locale, ...]:
        """The locale of each language of the page."""
        zone, default = ZoneInfo(self.page.time_zone), self.page.default_language
        return tuple(Locale.of(tag, default=default, zone=zone) for tag in self.page.languages)


def phrase_codes(text: Text) -> list[str]:
    """The codes of the phrases of a text; none for a text that staff wrote."""
    return [phrase.code for phrase in text.phrases] if isinstance(text, Phrased) else []


@dataclass(frozen=True, slots=True)
class ApiWriter:
    """Runs one write request of an actor, once for each idempotency key."""

    state: AppState
    actor: Actor
    key: str | None
    request: bytes

    def __call__(
        self, act: Callable[[ApiRequest], BaseModel | None], *, status: int = 200
    ) -> Response:
        """Run `act` in a transaction; its response body, after the commit."""
        try:
            answer = self._write(act, status)
        except ConflictError as error:
            if error.code != ConflictError.code:
                raise
            # A concurrent request was committed first, perhaps one with an equal idempotency key.
            answer = self._write(act, status)
        media_type = "application/json" if answer.body else None
        return Response(answer.body, answer.status, media_type=media_type)

    def _write(self, act: Callable[[ApiRequest], BaseModel | None], status: int) -> StoredResponse:
        with self.state.database.writing(self.actor) as ctx:

            def execute() -> StoredResponse:
                result = act(ApiRequest.for_context(ctx, self.state))
                body = result.model_dump_json().encode() if result else b""
                # A pending text is accepted (202), not created.
                return StoredResponse(getattr(result, "answered_with", status), body)

            return once(ctx, self.state.secret_box, self.key, self.request, execute)


async def _writer(
    request: Request,
    actor: Acting,
    idempotency_key: Annotated[
        str | None,
        Header(
            description="Repeating a request with its key returns the stored response and writes "
            "nothing. Keys are stored for two days.",
            json_schema_extra={"minLength": 1, "maxLength": 200, "pattern": "^[\\x21-\\x7e]+$"},
        ),
    ] = None,
) -> ApiWriter:
    body = await read_body(request)
    head = f"{request.method} {request.url.path}\n".encode()
    return ApiWriter(app_state(request), actor, idempotency_key, head + body)


def _open_request(request: Request, ctx: StaffReading) -> Iterator[ApiRequest]:
    yield ApiRequest.for_context(ctx, app_state(request))


# Dependencies of handlers that read, and of handlers that write.
Reader = Annotated[ApiRequest, Depends(_open_request, scope="function")]
Writer = Annotated[ApiWriter, Depends(_writer, scope="function")]
