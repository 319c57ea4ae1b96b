"""Texts that need the approval of a second person."""

import pytest

from app.domain.ownership import ActorKind
from app.domain.permissions import Role
from app.domain.publication import PreviewContent, needs_second_person
from app.domain.texts.localized_text import LocalizedText


@pytest.mark.parametrize("kind", [ActorKind.USER, ActorKind.TOKEN])
def test_an_editor_needs_a_second_person_in_the_console_and_with_a_token(kind: ActorKind) -> None:
    assert needs_second_person(kind, Role.EDITOR, four_eyes=True)


@pytest.mark.parametrize("role", [Role.ADMIN, None])
def test_an_admin_and_the_shell_need_no_second_person(role: Role | None) -> None:
    assert not needs_second_person(ActorKind.SHELL, role, four_eyes=True)
    assert not needs_second_person(ActorKind.USER, role, four_eyes=True)


@pytest.mark.parametrize("kind", [ActorKind.SOURCE, ActorKind.PROBE, ActorKind.WORKER])
def test_automation_needs_no_second_person(kind: ActorKind) -> None:
    assert not needs_second_person(kind, Role.EDITOR, four_eyes=True)


def test_without_the_rule_nobody_needs_a_second_person() -> None:
    assert not needs_second_person(ActorKind.USER, Role.EDITOR, four_eyes=False)


def test_a_preview_without_a_text_an_incident_and_a_window_is_empty() -> None:
    assert PreviewContent().is_empty
    assert not PreviewContent(text=LocalizedText.of("Mail is late.", "en")).is_empty
