"""Check of a translation provider: one short sentence, in which an element has to survive."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from app.i18n.languages import SOURCE
from app.translation.suggestions import ConfiguredTranslator, Wanted, suggest

__all__ = ["CheckResult", "check_provider"]

_FALLBACK_TARGET = "de"
_SENTENCE = "The page at status.example.com can be reached again since 14:05."


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The language that was asked for, its translation, and the code of the failure."""

    language: str
    text: str | None
    failure: str | None


def check_provider(provider: ConfiguredTranslator, languages: Sequence[str]) -> CheckResult:
    """Translate an English sentence into the first of `languages` that is not English.

    It sends no text of staff. Never raises.
    """
    target = next((tag for tag in languages if tag != SOURCE), _FALLBACK_TARGET)
    wanted = [Wanted(target, {"body": _SENTENCE})]
    found = asyncio.run(suggest(provider, SOURCE, wanted, stays_private=False))
    return CheckResult(target, found.texts.get(("body", target)), found.failures.get(target))
