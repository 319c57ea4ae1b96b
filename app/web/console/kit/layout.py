"""Page layout: the chrome around every page of the console, and rendering a page with it."""

from fastapi import Request, Response

from app.domain.page.pages import PageFacts
from app.i18n.languages import CONSOLE_LANGUAGES, SOURCE
from app.i18n.negotiate import match_accept_language
from app.rendering.console.pages import PageChrome, console_locale, console_page
from app.usecases.context import Ctx
from app.usecases.public import pages
from app.usecases.users import sessions
from app.usecases.users.sessions import CurrentSession
from app.web.console.kit import cookies, navigation
from app.web.dependencies import app_state

__all__ = [
    "anonymous_chrome",
    "any_chrome",
    "html",
    "language_of",
    "session_and_page",
    "show",
    "staff_chrome",
]


def language_of(request: Request, chosen: str | None = None) -> str:
    """The chosen language, or else the one that the browser prefers."""
    if chosen in CONSOLE_LANGUAGES:
        return chosen
    header = request.headers.get("accept-language", "")
    return match_accept_language(header, languages=CONSOLE_LANGUAGES, default=SOURCE)


def anonymous_chrome(request: Request) -> PageChrome:
    """The chrome of pages before sign-in. Raises UnavailableError."""
    state = app_state(request)
    with state.database.reading() as ctx:
        page = pages.facts(ctx, state.settings.base_url)
    return PageChrome(
        page, language_of(request), request.url.path, notice=cookies.read_notice(request)
    )


def session_and_page(request: Request, ctx: Ctx) -> tuple[CurrentSession | None, PageFacts]:
    """The session of the request, None without one, and the facts of the page."""
    secret = cookies.read(request)
    me = sessions.session_of(ctx, secret) if secret else None
    return me, pages.facts(ctx, app_state(request).settings.base_url)


def any_chrome(request: Request) -> PageChrome:
    """The chrome of a page that needs no sign-in but can have one. Raises UnavailableError."""
    with app_state(request).database.reading() as ctx:
        me, page = session_and_page(request, ctx)
    return anonymous_chrome(request) if me is None else staff_chrome(request, me, page)


def staff_chrome(request: Request, me: CurrentSession, page: PageFacts) -> PageChrome:
    """The chrome of pages for a signed-in user, with the navigation."""
    user = me.user
    language = language_of(request, user.language)
    word = console_locale(page, language).catalogue.gettext
    path = request.url.path
    return PageChrome(
        page,
        language,
        path,
        user.email,
        user.role,
        navigation.navigation_links(user.role, path, word),
        cookies.read_notice(request),
    )


def show(
    request: Request, chrome: PageChrome, template: str, status: int = 200, **values: object
) -> Response:
    """The rendered page; its notice is shown once."""
    response = html(console_page(template, chrome, values), status)
    if chrome.notice is not None:
        cookies.clear(request, response, cookies.NOTICE)
    return response


def html(body: bytes, status: int = 200) -> Response:
    """An HTML response."""
    return Response(body, status, media_type="text/html")
