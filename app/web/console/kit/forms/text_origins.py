"""Origins of the texts of a form: hidden fields that mark a text which no person typed.

`made:body:sv` holds the kind of origin, its name and a digest of the text as it was inserted. A
text that differs from it was edited by a person since.
"""

import hashlib
import re
from collections.abc import Mapping

from app.domain.texts.text_origin import OriginKind, TextOrigin
from app.domain.texts.white_space import trim
from app.web.console.kit.forms.forms import Form

__all__ = [
    "READ",
    "made_field",
    "mark_of",
    "origin_fields",
    "origins_of",
    "shown_origin",
    "shown_origins",
]

# The checkboxes that confirm that a translation of a machine has been read; the value is the field
# and the language: `body:sv`.
READ = "read"

_MARK = re.compile(r"(standard_sentence|machine):([a-z]{0,40}):([0-9a-f]{16})")
_MARKED = frozenset({OriginKind.STANDARD_SENTENCE, OriginKind.MACHINE})


def made_field(name: str, tag: str) -> str:
    """The name of the hidden field of a text: `made:body:sv`."""
    return f"made:{name}:{tag}"


def mark_of(origin: TextOrigin, text: str) -> str:
    """The value of the hidden field of a text that was inserted with this origin."""
    return f"{origin.kind.value}:{origin.by}:{_digest(text)}"


def origin_fields(name: str, texts: Mapping[str, str], origins: Mapping[str, TextOrigin]) -> Form:
    """The hidden fields and boxes of texts whose origins are known, for a form filled again."""
    marked = {tag: each for tag, each in origins.items() if each.kind in _MARKED and tag in texts}
    fields = [(made_field(name, tag), mark_of(each, texts[tag])) for tag, each in marked.items()]
    read = [(READ, f"{name}:{tag}") for tag, each in marked.items() if each.read_by is not None]
    return Form((*fields, *read))


def origins_of(
    form: Form, name: str, texts: Mapping[str, str], author: str
) -> dict[str, TextOrigin]:
    """The origin of each text of a field; `author` is the name of the user who sends the form.

    A text without a mark is the author's, like a standard sentence that was edited. An edited
    translation of a machine has been read by the author.
    """
    return {tag: _origin(form, f"{name}:{tag}", text, author) for tag, text in texts.items()}


def shown_origins(form: Form, name: str) -> dict[str, TextOrigin]:
    """The origins of the texts of a field that no person typed, by language."""
    origins = origins_of(form, name, form.texts(name), "")
    return {tag: each for tag, each in origins.items() if each.kind in _MARKED}


def shown_origin(form: Form, field: str) -> TextOrigin | None:
    """The origin of the text of a field such as `body:sv`; None for a text that a person typed."""
    name, _, tag = field.partition(":")
    return shown_origins(form, name).get(tag)


def _origin(form: Form, field: str, text: str, author: str) -> TextOrigin:
    person = TextOrigin(OriginKind.PERSON, author)
    mark = _MARK.fullmatch(form.text(f"made:{field}"))
    if mark is None:
        return person
    is_unchanged = mark[3] == _digest(text)
    if mark[1] == OriginKind.STANDARD_SENTENCE:
        return TextOrigin(OriginKind.STANDARD_SENTENCE) if is_unchanged else person
    machine = TextOrigin(OriginKind.MACHINE, mark[2])
    is_read = not is_unchanged or form.has(READ, field)
    return machine.as_read(author) if is_read else machine


def _digest(text: str) -> str:
    plain = trim(text.replace("\r\n", "\n"))
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()[:16]
