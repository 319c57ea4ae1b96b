"""Forms of the console: parsing, values, error messages, and the check of the origin."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from app.domain.errors import InvalidError, UnavailableError
from app.usecases.users import sessions
from app.web.console.kit import cookies
from app.web.dependencies import app_state
from app.web.problems import RefusedError
from app.web.requests.form_body import Upload, read_form
from app.web.requests.request_body import accept_whole_body, limit_body

__all__ = ["Form", "SubmittedForm", "Upload", "receive_form"]

_IMPORTS = "/console/page/import"
_SAFE_METHODS = frozenset({"GET", "HEAD"})


@dataclass(slots=True)
class Form:
    """A form: its fields in order, its files and its error messages by field.

    `errors` are in the language of the user; the one under "" is about the whole form.
    """

    fields: tuple[tuple[str, str], ...] = ()
    files: Mapping[str, Upload] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    status: int = 200

    @classmethod
    def filled(cls, values: Mapping[str, str | Iterable[str] | Mapping[str, str]]) -> "Form":
        """A form with initial values: texts, several choices, or texts by language tag."""
        fields: list[tuple[str, str]] = []
        for name, value in values.items():
            if isinstance(value, str):
                fields.append((name, value))
            elif isinstance(value, Mapping):
                fields += [(f"{name}:{tag}", text) for tag, text in value.items()]
            else:
                fields += [(name, each) for each in value]
        return cls(tuple(fields))

    def text(self, name: str) -> str:
        """The first value of a field, "" without one. Line ends are line feeds."""
        value = next((value for each, value in self.fields if each == name), "")
        return value.replace("\r\n", "\n")

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a field that can have several."""
        return tuple(value for each, value in self.fields if each == name)

    def has(self, name: str, value: str = "") -> bool:
        """Whether the field was submitted; with `value`, whether it has that value."""
        return any(each == name and value in {"", sent} for each, sent in self.fields)

    def texts(self, name: str) -> dict[str, str]:
        """The texts of a field by language tag, without empty ones."""
        prefix = f"{name}:"
        return {
            each.removeprefix(prefix): self.text(each)
            for each, value in self.fields
            if each.startswith(prefix) and value.strip()
        }

    def refuse(self, sentence: str, *, at: str | None = None, status: int = 422) -> None:
        """Add an error message to a field, or to the whole form when it has no such field."""
        names = {name.partition(":")[0] for name, _ in self.fields} | set(self.files)
        self.errors.setdefault(at if at is not None and at in names else "", sentence)
        self.status = status

    def error(self, name: str) -> str | None:
        """The error message of a field; None without one."""
        return self.errors.get(name)


async def receive_form(request: Request) -> None:
    """Check the origin of a request and parse its form; runs before every handler.

    Without a session only a small form is read: one to sign in with, or one to carry through it.
    While the database is away a small form is read too, and the error page has its fields.
    A request other than GET and HEAD must come from a page of this site, by `Sec-Fetch-Site` and
    `Origin`; a request without these headers is refused. A history to import is too large for
    memory: its handler reads it. Raises RefusedError, InvalidError.
    """
    if request.method in _SAFE_METHODS:
        return
    if not _is_same_origin(request):
        raise RefusedError(403, "cross_site", "The form was sent from another site.")
    try:
        await run_in_threadpool(_accept_from_staff, request)
    except UnavailableError:
        with suppress(RefusedError, InvalidError):
            request.state.form = await _read(request)
        raise
    if request.url.path == _IMPORTS:
        if request.headers.get("content-type", "").lower().startswith("multipart/"):
            # Its fields cannot be carried through a sign-in, as those of other forms with files.
            request.state.form = Form(files={"file": Upload("", "", b"")})
            return
        limit_body(request.scope, app_state(request).settings.body_limit_bytes)
    request.state.form = await _read(request)


async def _read(request: Request) -> Form:
    body = await read_form(request)
    return Form(body.fields, body.files)


def _accept_from_staff(request: Request) -> None:
    """Accept the whole body if the request has a valid session, which its cookie names."""
    secret = cookies.read(request)
    if secret is None:
        return
    with app_state(request).database.reading() as ctx:
        if sessions.session_of(ctx, secret) is not None:
            accept_whole_body(request.scope)


def _is_same_origin(request: Request) -> bool:
    """Whether a page of this site sent the request, by the headers of the browser.

    A page of an https site that came by http may be anybody's on the way to the browser.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None and site != "same-origin":
        return False
    if origin is None or origin == "null":
        return site is not None
    base = urlsplit(app_state(request).settings.base_url)
    try:
        sent = urlsplit(origin)
    except ValueError:
        return False
    if sent.netloc == base.netloc:
        return sent.scheme == "https" or base.scheme != "https"
    return sent.netloc == request.headers.get("host", "")


def _sent(request: Request) -> Form:
    form: Form = request.state.form
    return form


# The form of a POST request.
SubmittedForm = Annotated[Form, Depends(_sent)]
