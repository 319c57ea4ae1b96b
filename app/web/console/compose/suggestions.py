"""Suggestions in a form: a machine translates into empty fields, and into outdated ones of its own.

A text of a person is never replaced. Publishing needs none of this and never waits for it: the
request for suggestions is one of its own, and stores nothing but its sums.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from app.domain.errors import FyrError
from app.domain.texts.localized_text import LocalizedText
from app.domain.texts.phrases import Text
from app.domain.texts.text_origin import OriginKind
from app.domain.translation.terms import RequiredTerm
from app.translation.suggestions import Suggestions, Wanted, provider_for, suggest
from app.usecases.page.glossary import GlossaryTerm, list_terms
from app.usecases.page.translated_names import TranslatedNames, translated_names
from app.usecases.page.translation_provider import (
    TranslationOutcome,
    provider_key,
    record_outcomes,
)
from app.web.console.kit.forms.forms import Form
from app.web.console.kit.forms.text_origins import shown_origin
from app.web.console.kit.staff_request import StaffRequest
from app.web.dependencies import AppState

__all__ = ["FormTexts", "SuggestionResult", "record_result", "request_suggestions"]

_FIELDS = ("title", "body")


@dataclass(frozen=True, slots=True)
class FormTexts:
    """The texts of a form and the stored ones that it edits.

    `is_public`: visitors can read the stored texts. `languages` are those to translate into.
    """

    form: Form
    former: Mapping[str, Text]
    is_public: bool
    languages: Sequence[str]


@dataclass(frozen=True, slots=True)
class SuggestionResult:
    """What came of a request: the provider, the suggestions, and the languages by failure.

    `problem` is a code when nothing was requested: `no_source`, `nothing_to_translate`.
    """

    provider: str
    found: Suggestions
    problem: str | None = None

    @property
    def failures(self) -> dict[str, list[str]]:
        """The languages without a suggestion, by the code of the reason."""
        groups: dict[str, list[str]] = {}
        for tag, code in self.found.failures.items():
            groups.setdefault(code, []).append(tag)
        return groups


def request_suggestions(request: StaffRequest, texts: FormTexts) -> SuggestionResult | None:
    """The suggestions for a form; None while translation is off.

    The read transaction is closed while the provider works.
    """
    key = provider_key(request.ctx, request.app.secret_box)
    networks = request.app.settings.allowed_networks
    provider = None if key is None else provider_for(key.kind, key.url, key.key, networks)
    if key is None or provider is None:
        return None
    source = _source(texts, request.chrome.page.default_language)
    if source is None:
        return SuggestionResult(key.kind, Suggestions(), "no_source")
    terms = list_terms(request.ctx)
    wanted = _wanted(
        texts,
        source,
        translated_names(request.ctx, terms),
        {tag: _terms(terms, source, tag) for tag in texts.languages},
    )
    if not wanted:
        return SuggestionResult(key.kind, Suggestions(), "nothing_to_translate")
    stays_private = not (key.sends_drafts or _is_public(texts, source))
    request.release_snapshot()
    work = suggest(provider, source, wanted, stays_private=stays_private)
    return SuggestionResult(key.kind, asyncio.run(work))


def record_result(state: AppState, result: SuggestionResult, request: StaffRequest) -> None:
    """Add the outcomes of a request to the sums of the provider; without them if that fails."""
    sums = Counter({"suggested": len(result.found.texts)})
    sums.update(result.found.failures.values())
    outcomes = [
        TranslationOutcome(result.provider, each, number, 0)
        for each, number in sums.items()
        if number
    ]
    if result.found.characters:
        outcomes.append(TranslationOutcome(result.provider, "sent", 0, result.found.characters))
    with suppress(FyrError), state.database.writing(request.me.actor) as ctx:
        record_outcomes(ctx, outcomes)


def _source(texts: FormTexts, default: str) -> str | None:
    """The language to translate from: one that a person wrote, the default language first."""
    written = [
        tag
        for name in reversed(_FIELDS)
        for tag in texts.form.texts(name)
        if not _is_machine(texts.form, f"{name}:{tag}")
    ]
    return default if default in written else next(iter(written), None)


def _wanted(
    texts: FormTexts,
    source: str,
    names: TranslatedNames,
    terms: Mapping[str, Sequence[RequiredTerm]],
) -> list[Wanted]:
    wanted = []
    for tag in texts.languages:
        fields = {
            name: texts.form.text(f"{name}:{source}")
            for name in _FIELDS
            if tag != source and _is_fillable(texts, name, tag, source)
        }
        if fields:
            wanted.append(Wanted(tag, fields, names.between(source, tag), terms.get(tag, ())))
    return wanted


def _is_fillable(texts: FormTexts, name: str, tag: str, source: str) -> bool:
    """Whether a field is empty, or has an outdated translation that a machine made."""
    form, field = texts.form, f"{name}:{tag}"
    if not form.text(f"{name}:{source}").strip() or _is_machine(form, f"{name}:{source}"):
        return False
    if not form.text(field).strip():
        return True
    former = texts.former.get(name)
    if not isinstance(former, LocalizedText) or not _is_machine(form, field):
        return False
    source_changed = former.source == source and form.text(f"{name}:{source}").strip() != dict(
        former
    ).get(source, "")
    is_stored = form.text(field).strip() == dict(former).get(tag)
    return is_stored and (tag in former.outdated or source_changed)


def _is_public(texts: FormTexts, source: str) -> bool:
    """Whether visitors can read every text that would be sent."""
    if not texts.is_public:
        return False
    sent = {name: texts.form.text(f"{name}:{source}").strip() for name in _FIELDS}
    return all(
        isinstance(former := texts.former.get(name), LocalizedText)
        and dict(former).get(source) == text
        for name, text in sent.items()
        if text
    )


def _is_machine(form: Form, field: str) -> bool:
    """Whether a machine made the text of a field, and no person has edited it."""
    origin = shown_origin(form, field)
    return origin is not None and origin.kind is OriginKind.MACHINE


def _terms(terms: Sequence[GlossaryTerm], source: str, target: str) -> list[RequiredTerm]:
    """The terms of staff that have forms in the two languages."""
    return [RequiredTerm(each.forms.get(source, ()), each.forms.get(target, ())) for each in terms]
