"""What is missing, outdated and unread in the texts of an incident or a maintenance."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from app.domain.records import IncidentRecord, MaintenanceRecord, PostmortemRecord, UpdateRecord
from app.domain.statuses import Impact, IncidentStatus, MaintenanceStatus
from app.domain.texts.localized_text import LocalizedText
from app.domain.texts.phrases import Phrase, Phrased
from app.domain.texts.text_origin import OriginKind, TextOrigin
from app.domain.translation_overview import (
    TextKind,
    incident_translations,
    maintenance_translations,
)

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
BEN = TextOrigin(OriginKind.PERSON, "Ben")
MACHINE = TextOrigin(OriginKind.MACHINE, "deepl")
LANGUAGES = ("en", "sv", "ar")
TITLE = LocalizedText.from_mapping({"en": "Down", "sv": "Nere", "ar": "معطل"}, default="en")
BODY = LocalizedText.from_mapping(
    {"en": "We know.", "sv": "Vi vet."}, default="en", origins={"en": BEN, "sv": MACHINE}
)


def update(body: LocalizedText | Phrased) -> UpdateRecord:
    return UpdateRecord(
        "update000001", IncidentStatus.IDENTIFIED, body, NOW, None, (), automatic=False
    )


def incident(*updates: UpdateRecord) -> IncidentRecord:
    return IncidentRecord(
        id="incident0001",
        title=TITLE,
        status=IncidentStatus.IDENTIFIED,
        impact=Impact.NONE,
        started_at=NOW,
        created_at=NOW,
        updated_at=NOW,
        resolved_at=None,
        services=(),
        updates=updates,
        postmortem=None,
        automatic=False,
    )


def test_each_text_lists_its_languages_by_state() -> None:
    title, body = incident_translations(incident(update(BODY)), LANGUAGES)
    assert (title.kind, title.is_complete, title.update_id) == (TextKind.TITLE, True, None)
    assert (body.kind, body.update_id, body.at) == (TextKind.UPDATE, "update000001", NOW)
    assert (body.missing, body.outdated, body.unread) == (("ar",), (), ("sv",))
    assert not body.is_complete
    assert body.languages_by_origin == {BEN: ["en"], MACHINE: ["sv"]}
    assert title.languages_by_origin == {None: ["en", "sv", "ar"]}


def test_an_older_translation_is_outdated() -> None:
    changed = BODY.revise({"en": "We know more."}, {"en": BEN})
    _, body = incident_translations(incident(update(changed)), LANGUAGES)
    assert body.outdated == ("sv",)
    assert body.source == "en"


def test_texts_of_automation_are_left_out() -> None:
    phrased = Phrased((Phrase("monitor.reports", {}),))
    assert len(incident_translations(incident(update(phrased)), LANGUAGES)) == 1


def test_a_postmortem_is_one_of_the_texts() -> None:
    written = replace(incident(), postmortem=PostmortemRecord(BODY, NOW, None))
    assert incident_translations(written, LANGUAGES)[-1].kind is TextKind.POSTMORTEM


def test_a_maintenance_has_a_title_and_a_text() -> None:
    window = MaintenanceRecord(
        "maintenance1", TITLE, BODY, MaintenanceStatus.SCHEDULED, NOW, NOW + timedelta(hours=1),
        (), NOW, NOW,
    )  # fmt: skip
    kinds = [each.kind for each in maintenance_translations(window, LANGUAGES)]
    assert kinds == [TextKind.TITLE, TextKind.BODY]
