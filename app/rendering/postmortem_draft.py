"""Draft of a postmortem (Markdown): the facts that are certain, under the usual headings."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from app.domain.certificates.findings import Reason
from app.domain.certificates.forecast import Client
from app.domain.incidents.postmortem_facts import PostmortemFacts
from app.domain.records import IncidentRecord
from app.domain.statuses import worst
from app.domain.texts.localized_text import LocalizedText
from app.domain.texts.phrases import Param, Phrased
from app.i18n import formats
from app.i18n.catalogues.terms import INCIDENT_STATUS, SERVICE_STATUS
from app.i18n.localization import Locale, format_params, localize, translate_phrases
from app.rendering.text.instants import format_rfc3339
from app.trust.change_texts import CHANGE_TEXTS

__all__ = ["draft"]

# Characters with a meaning in Markdown, the braces around times, and what makes a bare address a
# link: the colon of a scheme, the dot after "www" and the "@" of an e-mail address.
_MARKS = re.compile(r"([\\`*_{}\[\]<>#+!|~&@]|:(?=//)|(?<=www)\.)")


def draft(facts: PostmortemFacts, locale: Locale) -> str:
    """Return the draft in one language, with times that are shown in the reader's time zone."""
    gettext = locale.catalogue.gettext
    sections = [
        # Translators: Headings of the parts of a postmortem.
        (gettext("What happened"), _what(facts, locale)),
        (gettext("Who was affected"), _who(facts, locale)),
        (gettext("Timeline"), _course(facts, locale)),
    ]
    if facts.chains:
        sections.append((gettext("The certificates"), _certificates(facts, locale)))
    why = gettext("(Describe the cause, and why it was not noticed earlier.)")
    sections.append((gettext("Why it happened"), why))
    better = gettext("(Describe what will be done so that it does not happen again.)")
    sections.append((gettext("Planned changes"), better))
    return "\n\n".join(f"## {heading}\n\n{body}" for heading, body in sections if body)


def _what(facts: PostmortemFacts, locale: Locale) -> str:
    incident = facts.incident
    parts = [_line(incident, locale), *_lasted(facts, locale)]
    first = incident.updates[-1].body if incident.updates else None
    if isinstance(first, Phrased):
        parts.append(_phrased(first, locale))
    return formats.join_sentences(parts)


def _line(incident: IncidentRecord, locale: Locale) -> str:
    title = localize(incident.title, locale).text
    sentence = locale.catalogue.gettext("The incident “%(title)s” began on %(date)s.")
    return _filled(sentence, {"title": title, "date": incident.started_at}, locale)


def _lasted(facts: PostmortemFacts, locale: Locale) -> Iterator[str]:
    incident, mended = facts.incident, facts.recovered_at
    if facts.first_seen_at is not None:
        found = facts.published_at or incident.created_at
        yield _filled(
            # Translators: “It” is the problem; name it if the language needs a noun.
            locale.catalogue.gettext(
                "It was first seen on %(date)s. Time until it was published: %(duration)s."
            ),
            {
                "date": facts.first_seen_at,
                "duration": _length(facts.first_seen_at, found, locale),
            },
            locale,
        )
    if mended is not None:
        length = _length(facts.begun_at, mended, locale)
        sentence = locale.catalogue.gettext(
            "The services recovered on %(date)s. Time until then: %(duration)s."
        )
        yield _filled(sentence, {"date": mended, "duration": length}, locale)


def _who(facts: PostmortemFacts, locale: Locale) -> str:
    incident = facts.incident
    gettext = locale.catalogue.gettext
    lines = []
    for service in incident.services:
        statuses = [
            each.status
            for update in incident.updates
            for each in update.services
            if each.slug == service.slug
        ]
        status = SERVICE_STATUS[worst(statuses)].translate(locale.catalogue)
        labelled = gettext("%(name)s: %(status)s") % {
            "name": _plain(localize(service.name, locale).text),
            "status": status,
        }
        lines.append(f"- {labelled}")
    broken = [client for client in facts.clients if client.reason is not Reason.OK]
    if broken:
        fine = [client for client in facts.clients if client.reason is Reason.OK]
        # Translators: The past: during the incident, connections failed.
        could_not = gettext("These clients could not connect: %(clients)s.")
        lines += ["", _filled(could_not, {"clients": _names(broken)}, locale)]
        if fine:
            # Translators: The past: during the incident, connections succeeded.
            could = gettext("These clients could connect: %(clients)s.")
            lines.append(_filled(could, {"clients": _names(fine)}, locale))
    return "\n".join(lines).strip()


def _course(facts: PostmortemFacts, locale: Locale) -> str:
    gettext = locale.catalogue.gettext
    events: list[tuple[datetime, str]] = []
    if facts.first_seen_at is not None:
        # Translators: “It” is the problem; name it if the language needs a noun.
        events.append((facts.first_seen_at, gettext("It was seen for the first time.")))
    for update in facts.incident.updates:
        events.append(
            (update.posted_at, INCIDENT_STATUS[update.status].translate(locale.catalogue))
        )
    for chain in facts.chains[1:]:
        sentence = gettext("%(host)s served another chain from then on.")
        events.append((chain.since, _filled(sentence, {"host": chain.host}, locale)))
    line = gettext("%(label)s: %(value)s")
    facts_in_order = [{"label": _instant(at), "value": text} for at, text in sorted(events)]
    return "\n".join(f"- {line % each}" for each in facts_in_order)


def _certificates(facts: PostmortemFacts, locale: Locale) -> str:
    gettext = locale.catalogue.gettext
    lines = []
    for chain in facts.chains:
        failing = chain.phase == "failing"
        if failing:
            # Translators: “Failed” is: could not connect.
            sentence = gettext("%(host)s served this while clients failed:")
        else:
            sentence = gettext("%(host)s served this after the recovery:")
        lines += ["", _filled(sentence, {"host": chain.host}, locale), ""]
        valid = gettext("“%(name)s” is valid from %(starts)s to %(ends)s.")
        for certificate in chain.shown if failing else chain.certificates:
            if certificate.not_before is not None and certificate.not_after is not None:
                dates = {"starts": certificate.not_before, "ends": certificate.not_after}
                lines.append(f"- {_filled(valid, {'name': certificate.name, **dates}, locale)}")
        if chain.changes:
            lines.append("")
        for change in chain.changes:
            lines.append(f"- {_filled(gettext(CHANGE_TEXTS[change.code]), change.params, locale)}")
    return "\n".join(lines).strip()


def _phrased(text: Phrased, locale: Locale) -> str:
    found = zip(text.phrases, translate_phrases(text, locale), strict=True)
    return formats.join_sentences(
        [_filled(sentence, phrase.params, locale) for phrase, (sentence, _) in found]
    )


def _filled(sentence: str, params: Mapping[str, Param], locale: Locale) -> str:
    """The sentence; what others wrote stays text, whatever marks it holds."""
    times = {name: _instant(at) for name, at in params.items() if isinstance(at, datetime)}
    texts = {name: _plain(value) for name, value in format_params(params, locale).items()}
    return sentence % {**texts, **times}


def _names(clients: Iterable[Client]) -> tuple[LocalizedText, ...]:
    return tuple(client.named for client in clients)


def _length(start: datetime, end: datetime, locale: Locale) -> str:
    return formats.duration(max(0, round((end - start).total_seconds())), locale.language)


def _instant(at: datetime) -> str:
    return "{{" + format_rfc3339(at) + "}}"


def _plain(text: str) -> str:
    return _MARKS.sub(r"\\\1", " ".join(text.split()))
