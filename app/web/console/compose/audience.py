"""Audience of a text before it is published: how many subscribers, by channel and language."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.channels import CHANNELS
from app.domain.page.pages import PageFacts
from app.domain.publication import PreviewContent
from app.domain.texts.phrases import Text
from app.i18n.localization import localize
from app.rendering.text.machine_language import locale_for
from app.usecases.context import Ctx
from app.usecases.notices.audience import AudienceCount
from app.usecases.publication import pending
from app.usecases.publication.commands import AnyCommand

__all__ = ["AudienceLine", "LanguageCount", "audience_lines", "audience_of"]

ROOMS = "rooms"
# Channels with a line of their own; all others are rooms.
_OWN_LINES = ("email", "webhook", "web_push", "sms")


@dataclass(frozen=True, slots=True)
class LanguageCount:
    """The number of subscribers with a language. `shown` is the language of the text that they
    read where there is none in their own, None otherwise.
    """

    tag: str
    number: int
    shown: str | None


@dataclass(frozen=True, slots=True)
class AudienceLine:
    """The number of subscribers of a channel, or in all rooms; `languages` has the most first."""

    kind: str
    number: int
    languages: tuple[LanguageCount, ...]


def audience_of(
    ctx: Ctx, page: PageFacts, command: AnyCommand, content: PreviewContent
) -> tuple[AudienceLine, ...]:
    """Who would be notified if the command were executed now; empty when nobody would be."""
    count = pending.count_notified(ctx, command, content, CHANNELS)
    return audience_lines(page, content, count)


def audience_lines(
    page: PageFacts, content: PreviewContent, count: AudienceCount
) -> tuple[AudienceLine, ...]:
    """The lines of a counted audience, with the languages in which `content` has no text."""
    sums: dict[str, dict[str, int]] = {kind: {} for kind in (*_OWN_LINES, ROOMS)}
    for channel, languages in count.by_channel.items():
        line = sums[channel if channel in _OWN_LINES else ROOMS]
        for tag, number in languages.items():
            line[tag] = line.get(tag, 0) + number
    texts = _texts(content)
    return tuple(
        AudienceLine(kind, sum(line.values()), tuple(_languages(page, texts, line)))
        for kind, line in sums.items()
        if line
    )


def _languages(
    page: PageFacts, texts: tuple[Text, ...], counts: dict[str, int]
) -> Iterable[LanguageCount]:
    for tag, number in sorted(counts.items(), key=lambda each: (-each[1], each[0])):
        yield LanguageCount(tag, number, _shown(page, texts, tag))


def _shown(page: PageFacts, texts: tuple[Text, ...], tag: str) -> str | None:
    shown = [localize(text, locale_for(page, tag)) for text in texts]
    return next((each.language for each in shown if each.foreign), None)


def _texts(content: PreviewContent) -> tuple[Text, ...]:
    """The texts of staff that the message has."""
    if content.incident is not None:
        bodies = [each.body for each in content.incident.updates]
        return (content.incident.title, *bodies)
    if content.window is not None:
        window = content.window
        return (window.title, window.updates[0].body if window.updates else window.body)
    return () if content.text is None else (content.text,)
