"""Staff request: the signed-in user of a console request, permissions and transactions.

A handler declares the permission that it needs: `Viewer`, `Editor`, `Admin` or `Auditor`. A user
without it gets 403; a request without a session is redirected to the sign-in page.
"""

from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, suppress
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse

from app.domain.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    UnauthenticatedError,
    UnavailableError,
)
from app.domain.permissions import Action, may
from app.domain.texts.localized_text import LocalizedText
from app.domain.validation import BODY_LIMIT, TITLE_LIMIT, localized
from app.rendering.console.error_messages import error_message
from app.rendering.console.pages import PageChrome, console_locale
from app.usecases.context import Ctx
from app.usecases.page.composed_languages import ComposedLanguages, composed_languages
from app.usecases.users import sessions
from app.usecases.users.sessions import CurrentSession
from app.web.console.kit import cookies
from app.web.console.kit.forms.forms import Form
from app.web.console.kit.forms.text_origins import origins_of, shown_origin
from app.web.console.kit.known_devices import known_device
from app.web.console.kit.layout import session_and_page, show, staff_chrome
from app.web.console.kit.sign_in_options import browser_box_of
from app.web.dependencies import AppState, app_state

__all__ = ["Admin", "Auditor", "Editor", "StaffRequest", "Viewer", "signed_in"]

_WITHOUT_FACTOR = ("/console/account/", "/console/logout/")

MadeT = TypeVar("MadeT")


class StaffRequest:
    """One console request of a signed-in user."""

    def __init__(
        self,
        request: Request,
        me: CurrentSession,
        chrome: PageChrome,
        opened: ExitStack,
        ctx: Ctx,
    ) -> None:
        self.http = request
        self.me = me
        self.chrome = chrome
        self.app: AppState = app_state(request)
        self.locale = console_locale(chrome.page, chrome.language)
        self.browser_box = browser_box_of(request)
        self._opened = opened
        self._ctx: Ctx | None = ctx
        self._composed: ComposedLanguages | None = None

    @property
    def ctx(self) -> Ctx:
        """A read-only context with one consistent snapshot, opened at its first use."""
        if self._ctx is None:
            self._ctx = self._opened.enter_context(self.app.database.reading(self.me.actor))
        return self._ctx

    def release_snapshot(self) -> None:
        """Close the read transaction, before something slow; the next use opens another one."""
        self._ctx = None
        self._opened.close()

    @property
    def composed_languages(self) -> ComposedLanguages:
        """The languages that forms of texts show at once, and the others; read at first use."""
        if self._composed is None:
            self._composed = composed_languages(self.ctx)
        return self._composed

    def translate(self, sentence: str, **data: object) -> str:
        """A message marked with `N_`, in the user's language, with `data` in its placeholders."""
        return self.locale.catalogue.gettext(sentence) % data

    def page(self, template: str, *, form: Form | None = None, **values: object) -> Response:
        """The page `templates/console/<template>.html`; its status is that of its form.

        This browser stays a known device of the user, who may have changed the password with it.
        """
        form = form or Form()
        shared = {"form": form, "staff_request": self, "origin_of": shown_origin}
        response = show(self.http, self.chrome, template, form.status, **shared, **values)
        known_device(self.http).renew(self.http, response, self.me.verified)
        return response

    def write(
        self,
        form: Form,
        act: Callable[[Ctx], str],
        *,
        again: Callable[[], Response],
        notice: str | None = None,
    ) -> Response:
        """Run `act` in one transaction and, after the commit, redirect to the path it returns.

        `notice` is shown at the top of the next page. An InvalidError or ConflictError is added
        to its field, and `again` renders the form with everything that was typed.
        """
        try:
            with self.app.database.writing(self.me.actor) as ctx:
                path = act(ctx)
        except (InvalidError, ConflictError) as error:
            self.refuse(form, error)
            return again()
        return self.redirect(path, notice)

    def change(
        self,
        form: Form,
        path: str,
        act: Callable[[Ctx], object],
        *,
        again: Callable[[], Response],
        notice: str,
    ) -> Response:
        """Run `act` in one transaction, and redirect to `path` with `notice`, as `write` does.

        `notice` is a message of the catalogues.
        """

        def changing(ctx: Ctx) -> str:
            act(ctx)
            return path

        return self.write(form, changing, again=again, notice=self.translate(notice))

    def refuse(self, form: Form, error: InvalidError | ConflictError) -> None:
        """Add the message of an error to the field of the form that the error names."""
        status = 409 if isinstance(error, ConflictError) else 422
        form.refuse(error_message(error, self.locale), at=error.field, status=status)

    def write_and_reveal(
        self,
        form: Form,
        act: Callable[[Ctx], MadeT],
        *,
        again: Callable[[], Response],
        show: Callable[[MadeT], Response],
    ) -> Response:
        """Run `act` in one transaction and render its result with `show`, without a redirect.

        For results with a secret, which is shown in this response only and stored nowhere.
        """
        made: list[MadeT] = []

        def making(ctx: Ctx) -> str:
            made[:] = [act(ctx)]
            return ""

        answer = self.write(form, making, again=again)
        return show(made[0]) if made and not form.errors else answer

    def redirect(self, to: str, notice: str | None = None) -> Response:
        """Redirect to another page, which shows `notice`."""
        response = RedirectResponse(to, 303)
        if notice is not None:
            cookies.write_notice(self.http, response, notice)
        return response

    def line(self, form: Form, name: str) -> LocalizedText:
        """The text of a one-line field in its languages, with origins. Raises InvalidError."""
        default = self.chrome.page.default_language
        texts = form.texts(name)
        line = localized(texts, default=default, field=name, limit=TITLE_LIMIT, one_line=True)
        return self.with_origins(form, name, line)

    def body(self, form: Form, name: str) -> LocalizedText:
        """The text of a multi-line field in its languages, with origins. Raises InvalidError."""
        default = self.chrome.page.default_language
        body = localized(form.texts(name), default=default, field=name, limit=BODY_LIMIT)
        return self.with_origins(form, name, body)

    def with_origins(self, form: Form, name: str, text: LocalizedText) -> LocalizedText:
        """The text of a field with the origin of each language: this user, unless it is marked."""
        default = self.chrome.page.default_language
        origins = origins_of(form, name, dict(text), self.me.actor.name)
        return LocalizedText.from_mapping(dict(text), default=default, origins=origins)


def signed_in(request: Request) -> Iterator[StaffRequest]:
    """The request of a signed-in user. Raises UnauthenticatedError without a session.

    A page is read from the snapshot in which the session was found. A form is not: what it changes
    is read afterwards.
    """
    app = app_state(request)
    with ExitStack() as opened:
        ctx = opened.enter_context(app.database.reading())
        me, page = session_and_page(request, ctx)
        if me is None:
            raise UnauthenticatedError("Sign in.", code="signed_out")
        ctx.actor = me.actor
        request.state.chrome = chrome = staff_chrome(request, me, page)
        _check_second_factor(request, me)
        staff_request = StaffRequest(request, me, chrome, opened, ctx)
        if me.stale or request.method not in {"GET", "HEAD"}:
            staff_request.release_snapshot()
        if me.stale:
            # Optional: a page view neither waits for a busy database nor fails because of it.
            with suppress(UnavailableError), app.database.writing(me.actor, wait=False) as writing:
                sessions.extend(writing, me.session_id, days=app.settings.session_days)
        yield staff_request


def _check_second_factor(request: Request, me: CurrentSession) -> None:
    """Raise ForbiddenError when the role needs a second factor that the session does not have.

    The account screens stay open, because that is where the user sets one up.
    """
    if me.has_second_factor or me.user.role not in app_state(request).settings.second_factor_roles:
        return
    if not f"{request.url.path}/".startswith(_WITHOUT_FACTOR):
        raise ForbiddenError(
            "Your role needs a second factor. Set it up in My account.",
            code="second_factor_needed",
        )


_SignedIn = Annotated[StaffRequest, Depends(signed_in, scope="function")]


def _needing(action: Action) -> Callable[[StaffRequest], Coroutine[Any, Any, StaffRequest]]:
    # Not in a thread: it only compares.
    async def permitted(request: _SignedIn) -> StaffRequest:
        role = request.me.user.role
        if not may(role, action):
            raise ForbiddenError(f"This needs more than the role {role.value}.")
        return request

    return permitted


# Requests of users who may read, post and edit, configure, and read the audit log.
Viewer = Annotated[StaffRequest, Depends(_needing(Action.READ), scope="function")]
Editor = Annotated[StaffRequest, Depends(_needing(Action.EDIT), scope="function")]
Admin = Annotated[StaffRequest, Depends(_needing(Action.CONFIGURE), scope="function")]
Auditor = Annotated[StaffRequest, Depends(_needing(Action.AUDIT), scope="function")]
