from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from app.domain.texts.text_origin import OriginKind, TextOrigin
from app.domain.translation_overview import TextKind, TextTranslations
from app.web.api.fields import ResponseSchema

__all__ = ["Translations"]


class Origin(ResponseSchema):
    """Who made a text in one language."""

    kind: OriginKind
    by: Annotated[str, Field(description="The user, the token, or the translation provider.")]
    read_by: Annotated[
        str | None, Field(description="The user who read a translation of a machine.")
    ]

    @classmethod
    def of(cls, origin: TextOrigin) -> "Origin":
        return cls(kind=origin.kind, by=origin.by, read_by=origin.read_by)


class TranslatedText(ResponseSchema):
    """The translations of one text. `update` is the id of an update."""

    kind: TextKind
    update: str | None
    source: Annotated[str, Field(description="The language of the original.")]
    missing: Annotated[list[str], Field(description="Languages of the page without this text.")]
    outdated: Annotated[list[str], Field(description="Languages older than the original.")]
    unread: Annotated[
        list[str], Field(description="Languages that a machine translated and nobody has read.")
    ]
    origins: Annotated[
        dict[str, Origin | None],
        Field(description="Who made the text in each language; null where that is not recorded."),
    ]

    @classmethod
    def of(cls, text: TextTranslations) -> "TranslatedText":
        return cls(
            kind=text.kind,
            update=text.update_id,
            source=text.source,
            missing=list(text.missing),
            outdated=list(text.outdated),
            unread=list(text.unread),
            origins={tag: Origin.of(each) if each else None for tag, each in text.origins},
        )


class Translations(ResponseSchema):
    """The translations of the texts of staff; texts of automation exist in every language."""

    items: list[TranslatedText]

    @classmethod
    def of(cls, texts: Sequence[TextTranslations]) -> "Translations":
        return cls(items=[TranslatedText.of(each) for each in texts])
