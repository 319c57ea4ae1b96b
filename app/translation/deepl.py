"""DeepL: POST /v2/translate (https://developers.deepl.com/docs/api-reference/translate)."""

import json
from collections.abc import Sequence

from app.ports.translator import (
    ProviderAccess,
    ProviderCall,
    ProviderReply,
    Translator,
    TranslatorError,
)
from app.translation.replies import json_of, texts_in

__all__ = ["DEEPL"]


def _call(access: ProviderAccess, texts: Sequence[str], source: str, target: str) -> ProviderCall:
    body = {
        "text": list(texts),
        # A source language has no region or script.
        "source_lang": source.partition("-")[0].upper(),
        "target_lang": _target(target),
        "tag_handling": "xml",
        "ignore_tags": ["x"],
        "preserve_formatting": True,
    }
    return ProviderCall(
        f"{access.url}/v2/translate",
        json.dumps(body, ensure_ascii=False),
        {"content-type": "application/json", "authorization": f"DeepL-Auth-Key {access.key}"},
    )


def _read(reply: ProviderReply, texts: int) -> Sequence[str]:
    translations = json_of(reply).get("translations")
    if not isinstance(translations, list):
        raise TranslatorError("wrong_answer")
    values = [each.get("text") if isinstance(each, dict) else None for each in translations]
    return texts_in(values, texts)


def _target(tag: str) -> str:
    # Without a region these targets are deprecated.
    return {"en": "EN-GB", "pt": "PT-PT"}.get(tag, tag.upper())


# Free accounts have a host of their own; a request has at most 50 texts and 128 KiB, so the default
# limits fit: a character of most scripts is three bytes, and JSON escapes none of them here.
DEEPL = Translator(
    "deepl", "DeepL", _call, _read, default_url="https://api-free.deepl.com", needs_key=True
)
