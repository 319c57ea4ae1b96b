"""Translation providers, by kind. A new one is a file here and an entry of PROVIDERS."""

from collections.abc import Mapping

from app.ports.translator import Translator
from app.translation.deepl import DEEPL
from app.translation.libretranslate import LIBRETRANSLATE

__all__ = ["PROVIDERS"]

PROVIDERS: Mapping[str, Translator] = {each.kind: each for each in (LIBRETRANSLATE, DEEPL)}
