"""Forms of the console: parsing, values, error messages, and the check of the origin."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from python_multipart.exceptions import FormParserError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from app.domain.errors import InvalidError
from app.web.dependencies import app_state
from app.web.problems import RefusedError

__all__ = ["Form", "SubmittedForm", "Upload", "receive_form"]

_MAX_FIELDS = 1000
_MAX_FILES = 4
_SAFE_METHODS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Upload:
    """An uploaded file. The browser sets `name` and `kind` (the media type); do not trust them."""

    name: str
    kind: str
    content: bytes = field(repr=False)


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

    A request other than GET and HEAD must come from a page of this site, by `Sec-Fetch-Site` and
    `Origin`; a request without these headers is refused. Raises RefusedError, InvalidError.
    """
    if request.method in _SAFE_METHODS:
        return
    if not _is_same_origin(request):
        raise RefusedError(403, "cross_site", "This was sent from a page that is not ours.")
    try:
        async with request.form(max_files=_MAX_FILES, max_fields=_MAX_FIELDS) as sent:
            fields: list[tuple[str, str]] = []
            files: dict[str, Upload] = {}
            for name, value in sent.multi_items():
                if isinstance(value, UploadFile):
                    content = await value.read()
                    kind = value.content_type or ""
                    files[name] = Upload(value.filename or "", kind, content)
                else:
                    fields.append((name, value))
    except (FormParserError, UnicodeDecodeError, ClientDisconnect) as error:
        raise InvalidError("This form cannot be read.", code="unreadable_form") from error
    except HTTPException as error:
        if isinstance(error, RefusedError):
            raise
        raise InvalidError("This form cannot be read.", code="unreadable_form") from error
    request.state.form = Form(tuple(fields), files)


def _is_same_origin(request: Request) -> bool:
    """Whether a page of this site sent the request, by the headers of the browser."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None and site != "same-origin":
        return False
    if origin is None or origin == "null":
        return site is not None
    hosts = {request.headers.get("host", ""), urlsplit(app_state(request).settings.base_url).netloc}
    try:
        return urlsplit(origin).netloc in hosts
    except ValueError:
        return False


def _sent(request: Request) -> Form:
    form: Form = request.state.form
    return form


# The form of a POST request.
SubmittedForm = Annotated[Form, Depends(_sent)]
