"""What a form of the console sent, what was wrong with it, and where it may come from."""

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

_MOST_FIELDS = 1000
_MOST_FILES = 4
_SAFE = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came along. `name` and `kind` are what the browser says."""

    name: str
    kind: str
    content: bytes = field(repr=False)


@dataclass(slots=True)
class Form:
    """The fields in their order, the files by field, and the refusals beside their fields.

    `errors` holds sentences in the reader's language; those under "" are about the whole form.
    """

    fields: tuple[tuple[str, str], ...] = ()
    files: Mapping[str, Upload] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    status: int = 200

    @classmethod
    def filled(cls, values: Mapping[str, str | Iterable[str] | Mapping[str, str]]) -> "Form":
        """A form that shows what there is: texts, choices, and texts by language tag."""
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
        """What the field says, "" where there is none. Line ends are those of Unix."""
        said = next((value for each, value in self.fields if each == name), "")
        return said.replace("\r\n", "\n")

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a field that can have several."""
        return tuple(value for each, value in self.fields if each == name)

    def has(self, name: str, value: str = "") -> bool:
        """Whether a box is ticked, or a choice chosen."""
        return any(each == name and (not value or value == said) for each, said in self.fields)

    def texts(self, name: str) -> dict[str, str]:
        """What was written in each language; languages left empty are not there."""
        begin = f"{name}:"
        return {
            each[len(begin) :]: self.text(each)
            for each, value in self.fields
            if each.startswith(begin) and value.strip()
        }

    def refuse(self, sentence: str, *, at: str | None = None, status: int = 422) -> None:
        """Note what was wrong, beside a field; above the form where it has no such field."""
        names = {name.partition(":")[0] for name, _ in self.fields} | set(self.files)
        self.errors.setdefault(at if at is not None and at in names else "", sentence)
        self.status = status

    def error(self, name: str) -> str | None:
        """What is wrong with a field."""
        return self.errors.get(name)


async def receive_form(request: Request) -> None:
    """Every request of the console begins here: whence it comes, and what it brings.

    A request that changes something has to come from a page of ours. Browsers tell that; what
    tells nothing is refused.
    """
    if request.method in _SAFE:
        return
    if not _is_ours(request):
        raise RefusedError(403, "cross_site", "This was sent from a page that is not ours.")
    try:
        async with request.form(max_files=_MOST_FILES, max_fields=_MOST_FIELDS) as sent:
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


def _is_ours(request: Request) -> bool:
    """Whether one of our own pages sent this, as far as the browser tells."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None and site != "same-origin":
        return False
    if origin is None or origin == "null":
        return site is not None
    ours = {request.headers.get("host", ""), urlsplit(app_state(request).settings.base_url).netloc}
    try:
        return urlsplit(origin).netloc in ours
    except ValueError:
        return False


def _sent(request: Request) -> Form:
    form: Form = request.state.form
    return form


# What was sent; for handlers of POST.
SubmittedForm = Annotated[Form, Depends(_sent)]
