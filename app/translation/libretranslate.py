"""LibreTranslate: POST /translate (https://docs.libretranslate.com/guides/api_usage)."""

import json
from collections.abc import Mapping, Sequence

from app.ports.translator import ProviderAccess, ProviderCall, ProviderReply, Translator
from app.translation.replies import json_of, texts_in

__all__ = ["LIBRETRANSLATE"]

# Tags that differ from the codes of LibreTranslate's models (GET /languages); others are equal.
_CODES: Mapping[str, str] = {
    "es-419": "es",
    "fil": "tl",
    "pt-br": "pt-BR",
    "pt-pt": "pt",
    "zh-hans": "zh-Hans",
    "zh-hant": "zh-Hant",
}


def _call(access: ProviderAccess, texts: Sequence[str], source: str, target: str) -> ProviderCall:
    body = {
        "q": list(texts),
        "source": _CODES.get(source, source),
        "target": _CODES.get(target, target),
        # Elements are left where they are; as plain text they would be translated.
        "format": "html",
    }
    if access.key:
        body["api_key"] = access.key
    return ProviderCall(
        f"{access.url}/translate",
        json.dumps(body, ensure_ascii=False),
        {"content-type": "application/json"},
    )


def _read(reply: ProviderReply, texts: int) -> Sequence[str]:
    return texts_in(json_of(reply).get("translatedText"), texts)


# An organisation can run it itself, with or without keys.
LIBRETRANSLATE = Translator("libretranslate", "LibreTranslate", _call, _read)
