"""Translation overview: for each text of an incident or a maintenance, what is missing or outdated.

Texts of automation are translated when they are shown, and are left out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.records import IncidentRecord, MaintenanceRecord
from app.domain.texts.localized_text import LocalizedText
from app.domain.texts.phrases import Text
from app.domain.texts.text_origin import TextOrigin

__all__ = ["TextKind", "TextTranslations", "incident_translations", "maintenance_translations"]


class TextKind(StrEnum):
    """The kind of a text: the title, the text of a maintenance, an update or the postmortem."""

    TITLE = "title"
    BODY = "body"
    UPDATE = "update"
    POSTMORTEM = "postmortem"


@dataclass(frozen=True, slots=True)
class TextTranslations:
    """The translations of one text into the languages of the page.

    `update_id` and `at` are those of an update. `unread` are the languages that a machine
    translated and nobody has read. `origins` are who made the text in each language, None where
    that is not known.
    """

    kind: TextKind
    update_id: str | None
    at: datetime | None
    source: str
    missing: tuple[str, ...]
    outdated: tuple[str, ...]
    unread: tuple[str, ...]
    origins: tuple[tuple[str, TextOrigin | None], ...]

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing, outdated or unread."""
        return not (self.missing or self.outdated or self.unread)

    @property
    def languages_by_origin(self) -> dict[TextOrigin | None, list[str]]:
        """The languages by who made their text."""
        groups: dict[TextOrigin | None, list[str]] = {}
        for tag, origin in self.origins:
            groups.setdefault(origin, []).append(tag)
        return groups


_Item = tuple[TextKind, str | None, datetime | None, Text]


def incident_translations(
    incident: IncidentRecord, languages: Sequence[str]
) -> list[TextTranslations]:
    """The translations of the title, the updates and the postmortem of an incident."""
    texts: list[_Item] = [(TextKind.TITLE, None, None, incident.title)]
    texts += [(TextKind.UPDATE, each.id, each.posted_at, each.body) for each in incident.updates]
    if incident.postmortem is not None:
        texts.append((TextKind.POSTMORTEM, None, None, incident.postmortem.body))
    return _overview(texts, languages)


def maintenance_translations(
    window: MaintenanceRecord, languages: Sequence[str]
) -> list[TextTranslations]:
    """The translations of the title, the text and the updates of a maintenance."""
    texts: list[_Item] = [
        (TextKind.TITLE, None, None, window.title),
        (TextKind.BODY, None, None, window.body),
    ]
    texts += [(TextKind.UPDATE, each.id, each.posted_at, each.body) for each in window.updates]
    return _overview(texts, languages)


def _overview(texts: Iterable[_Item], languages: Sequence[str]) -> list[TextTranslations]:
    return [
        TextTranslations(
            kind,
            update_id,
            at,
            text.source,
            missing=tuple(text.missing(languages)),
            outdated=tuple(text.outdated),
            unread=tuple(text.unread),
            origins=tuple((tag, text.translations[tag].origin) for tag, _ in text),
        )
        for kind, update_id, at, text in texts
        if isinstance(text, LocalizedText)
    ]
