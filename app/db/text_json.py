"""Texts as JSON and back: the one place that knows how they are stored.

Localized: {"source": "en", "version": 2, "texts": {"en": ["Down", 2], "sv": ["Nere", 1]}}
           A text with a known origin has it as a third value: ["Nere", 1, {"kind": "machine",
           "by": "deepl", "read_by": "Ada"}].
Phrased:   {"phrases": [["why.expired", {"host": "pay.example", "date": {"at": "2021-..."}}]]}
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import PlainSerializer, PlainValidator

from app.domain.texts.localized_text import LocalizedText, Translation
from app.domain.texts.phrases import Param, Phrase, Phrased, Text
from app.domain.texts.text_origin import OriginKind, TextOrigin

__all__ = ["StoredLocalizedText", "StoredText", "text_from_json", "text_to_json"]


def text_to_json(text: Text) -> dict[str, Any]:
    """The JSON form of `text`."""
    if isinstance(text, Phrased):
        phrases = [
            [phrase.code, {name: _param_to_json(value) for name, value in phrase.params.items()}]
            for phrase in text.phrases
        ]
        return {"phrases": phrases}
    return {
        "source": text.source,
        "version": text.version,
        "texts": {tag: _translation_to_json(each) for tag, each in text.translations.items()},
    }


def text_from_json(stored: Mapping[str, Any]) -> Text:
    """The text that `text_to_json` made `stored` of."""
    if "phrases" in stored:
        return Phrased(
            tuple(
                Phrase(code, {name: _param_from_json(value) for name, value in params.items()})
                for code, params in stored["phrases"]
            )
        )
    return LocalizedText(
        stored["source"],
        stored["version"],
        {tag: _translation_from_json(*each) for tag, each in stored["texts"].items()},
    )


def _text(value: Any) -> Text:  # noqa: ANN401  # JSON
    if isinstance(value, LocalizedText | Phrased):
        return value
    return text_from_json(value)


def _localized_text(value: Any) -> LocalizedText:  # noqa: ANN401  # JSON
    text = _text(value)
    if not isinstance(text, LocalizedText):
        raise ValueError("a text of staff is localized, never phrased")  # pydantic
    return text


# Types of dataclass fields for pydantic's TypeAdapter, which then reads and writes the JSON above.
StoredText = Annotated[Text, PlainValidator(_text), PlainSerializer(text_to_json)]
StoredLocalizedText = Annotated[
    LocalizedText, PlainValidator(_localized_text), PlainSerializer(text_to_json)
]


def _translation_to_json(each: Translation) -> list[Any]:
    if each.origin is None:
        return [each.text, each.of_version]
    stated: dict[str, str] = {"kind": each.origin.kind.value, "by": each.origin.by}
    if each.origin.read_by is not None:
        stated["read_by"] = each.origin.read_by
    return [each.text, each.of_version, stated]


def _translation_from_json(
    text: str, version: int, stated: Mapping[str, str] | None = None
) -> Translation:
    if stated is None:
        return Translation(text, version)
    origin = TextOrigin(OriginKind(stated["kind"]), stated["by"], stated.get("read_by"))
    return Translation(text, version, origin)


def _param_to_json(value: Param) -> Any:  # noqa: ANN401
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    if isinstance(value, LocalizedText):
        return {"text": text_to_json(value)}
    if isinstance(value, tuple):
        return {"list": [_param_to_json(each) for each in value]}
    return value


def _param_from_json(stored: Any) -> Any:  # noqa: ANN401
    if not isinstance(stored, dict):
        return stored
    if "at" in stored:
        return datetime.fromisoformat(stored["at"])
    if "text" in stored:
        return text_from_json(stored["text"])
    return tuple(_param_from_json(each) for each in stored["list"])
