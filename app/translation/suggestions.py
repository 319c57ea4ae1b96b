"""Suggestions: translations of a machine for texts of a form, checked before anybody sees them."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from app.domain.translation.protection import protect, restore
from app.domain.translation.terms import RequiredTerm, broken_terms
from app.i18n.catalogues.glossary import forms_of_terms, holds_term
from app.net.addresses import Network
from app.net.guard import Guard
from app.ports.translator import ProviderAccess, ProviderReply, Translator, TranslatorError
from app.translation import PROVIDERS
from app.translation.sending import send

__all__ = ["ConfiguredTranslator", "Suggestions", "Wanted", "provider_for", "suggest"]

# Somebody waits at the form, but publishes without waiting.
_CALL_SECONDS = 8.0
_SECONDS = 12.0
_CALLS_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class ConfiguredTranslator:
    """A provider with its access, and the guard of outbound connections."""

    translator: Translator
    access: ProviderAccess
    guard: Guard


@dataclass(frozen=True, slots=True)
class Wanted:
    """A translation that is wanted: of the source texts by field, into the language `target`.

    `names` maps names of the source text to their form in the target language. `terms` are those
    of staff, with their forms in the two languages.
    """

    target: str
    texts: Mapping[str, str]
    names: Mapping[str, str] = field(default_factory=dict)
    terms: Sequence[RequiredTerm] = ()


@dataclass(slots=True)
class Suggestions:
    """The translations by field and language, and why there is none: a code by language.

    The codes are those of TranslatorError, `changed` for a translation that lost or added
    something, and `term` for one without a term of the glossary. `characters` were sent.
    """

    texts: dict[tuple[str, str], str] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    characters: int = 0


def provider_for(
    kind: str, url: str, key: str, allowed_networks: tuple[Network, ...]
) -> ConfiguredTranslator | None:
    """The provider of a kind at a URL; None for a kind that this release does not know."""
    translator = PROVIDERS.get(kind)
    if translator is None:
        return None
    return ConfiguredTranslator(translator, ProviderAccess(url, key), Guard(allowed_networks))


async def suggest(
    provider: ConfiguredTranslator, source: str, wanted: Sequence[Wanted], *, stays_private: bool
) -> Suggestions:
    """The suggestions for texts in the language `source`, as far as they come in time.

    With `stays_private`, texts go to the allowed networks or nowhere. Never raises: what fails is
    among the failures.
    """
    found = Suggestions()
    places = asyncio.Semaphore(_CALLS_AT_ONCE)

    async def translate(each: Wanted) -> None:
        async with places:
            # After a failure that all languages share, such as a quota that is used up.
            final = found.failures.get("*")
            if final is not None:
                found.failures[each.target] = final
                return
            try:
                await _translate(provider, source, each, found, stays_private=stays_private)
            except TranslatorError as error:
                found.failures[each.target] = error.code
                if error.is_final:
                    found.failures["*"] = error.code

    tasks = {asyncio.create_task(translate(each)): each for each in wanted}
    if tasks:
        _, late = await asyncio.wait(tasks, timeout=_SECONDS)
        for task in late:
            task.cancel()
            found.failures[tasks[task].target] = "timed_out"
        await asyncio.gather(*tasks, return_exceptions=True)
    found.failures.pop("*", None)
    return found


async def _translate(
    provider: ConfiguredTranslator,
    source: str,
    wanted: Wanted,
    found: Suggestions,
    *,
    stays_private: bool,
) -> None:
    protected = {name: protect(text, wanted.names) for name, text in wanted.texts.items()}
    marked = [line for each in protected.values() for line in each.marked]
    translated: list[str] = []
    for batch in _batches(marked, provider.translator):
        call = provider.translator.call(provider.access, batch, source, wanted.target)
        found.characters += sum(map(len, batch))
        reply: ProviderReply = await send(
            call, provider.guard, seconds=_CALL_SECONDS, stays_private=stays_private
        )
        translated += provider.translator.read(reply, len(batch))
    terms = [*wanted.terms, *_terms_between(source, wanted.target)]
    for name, text in protected.items():
        lines, translated = translated[: len(text.marked)], translated[len(text.marked) :]
        _accept(found, (name, wanted.target), wanted.texts[name], restore(text, lines), terms)


def _accept(
    found: Suggestions,
    key: tuple[str, str],
    source: str,
    text: str | None,
    terms: Iterable[RequiredTerm],
) -> None:
    if text is None:
        found.failures[key[1]] = "changed"
    elif broken_terms(source, text, terms, holds_term):
        found.failures[key[1]] = "term"
    else:
        found.texts[key] = text


def _terms_between(source: str, target: str) -> list[RequiredTerm]:
    """The core terms in two languages, without labels, which begin with a capital letter."""
    there = forms_of_terms(target)
    return [
        RequiredTerm(forms, there.get(name, ()))
        for name, forms in forms_of_terms(source).items()
        if name[:1].islower()
    ]


def _batches(texts: Sequence[str], translator: Translator) -> Iterable[list[str]]:
    batch: list[str] = []
    size = 0
    for text in texts:
        if len(text) > translator.most_characters:
            raise TranslatorError("text_too_long")
        is_full = len(batch) == translator.most_texts
        if batch and (is_full or size + len(text) > translator.most_characters):
            yield batch
            batch, size = [], 0
        batch.append(text)
        size += len(text)
    if batch:
        yield batch
