"""Previews and pending texts are shown while another transaction writes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from app.db import engine as engines
from app.domain.errors import UnavailableError
from app.domain.permissions import Role
from app.usecases.context import Actor, Ctx
from app.usecases.database import Database
from app.usecases.publication import form_drafts, pending
from app.usecases.publication.commands import COMMANDS, AnyCommand
from app.usecases.publication.pending import PendingText
from app.web.console.compose.command_forms import COMMAND_FORMS, address_of
from tests.cast import ADA, BEN, Installation, open_installation
from tests.console import Staff, staff
from tests.usecases.publication.submission import every_command, wanting_two
from tests.web.console.incidents.test_updates import hidden

# The fields of each form, and a part of the preview that only these fields make.
FORMS: Mapping[str, tuple[Mapping[str, str], str]] = {
    "open": (
        {"status": "identified", "title:en": "Cards fail", "body:en": "We *look*."},
        "<em>look</em>",
    ),
    "update": ({"status": "identified", "body:en": "A *root* expired."}, "<em>root</em>"),
    "edit_update": ({"body:en": "It is *better*."}, "<em>better</em>"),
    "edit": ({"title:en": "All cards fail", "impact": "critical"}, "All cards fail"),
    "postmortem": ({"body:en": "It was a *root*."}, "<em>root</em>"),
    "maintenance.plan": (
        {
            "title:en": "New cables",
            "body:en": "It is *quiet*.",
            "services": "payments",
            "starts_at": "2026-03-15T02:00",
            "ends_at": "2026-03-15T04:00",
        },
        "<em>quiet</em>",
    ),
    "maintenance.edit": (
        {
            "title:en": "Other cables",
            "body:en": "It *hums*.",
            "services": "payments",
            "starts_at": "2026-03-15T02:00",
            "ends_at": "2026-03-15T04:00",
            "repeats": "daily",
        },
        "<em>hums</em>",
    ),
    "maintenance.update": (
        {"status": "in_progress", "body:en": "We *begin*."},
        "<em>begin</em>",
    ),
    "maintenance.edit_update": ({"body:en": "We *begin* now."}, "<em>begin</em>"),
}


@pytest.fixture
def impatient_installation(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Installation]:
    """The application, with a database that refuses whatever waits for a lock."""
    pragmas = [each for each in engines._PRAGMAS if not each.startswith("busy_timeout")]
    monkeypatch.setattr(engines, "_PRAGMAS", (*pragmas, "busy_timeout=1"))
    monkeypatch.setattr(engines, "_BUSY_TIMEOUT", 1)
    with open_installation(database_url, tmp_path) as installation:
        yield installation


@contextmanager
def write_lock(installation: Installation) -> Iterator[None]:
    """Another transaction holds the write lock, and the rows of everything a command changes."""
    engine = engines.make_engine(
        installation.settings.database_url.get_secret_value(), timeout_seconds=1
    )
    try:
        with engines.writing(engine) as session:
            for table in ("incident", "incident_update", "maintenance", "pending_text", "page"):
                session.execute(text(f"UPDATE {table} SET id = id"))
            yield
    finally:
        engine.dispose()


def preview_of(person: Staff, command: AnyCommand) -> str:
    """The preview of the form of this command, filled with fields of its kind."""
    address = address_of(command)
    assert address is not None
    fields, _ = FORMS[command.kind]
    seen = hidden(person.get(address.path).text, "seen")
    answer = person.send(address.path, {**fields, "seen": seen, "do": "preview"})
    assert answer.status_code == 200, (command.kind, answer.text)
    return answer.text.partition('id="preview"')[2]


def test_every_command_has_a_form_or_carries_no_text() -> None:
    assert set(COMMAND_FORMS) == set(COMMANDS)
    without_form = {kind for kind, form in COMMAND_FORMS.items() if form.place is None}
    assert without_form == {
        "publish",
        "postmortem.withdraw",
        "maintenance.publish",
        "remove_update",
        "maintenance.remove_update",
    }
    assert set(FORMS) == set(COMMANDS) - without_form
    assert len({form.action for form in COMMAND_FORMS.values()}) == len(COMMANDS)


def test_a_preview_does_not_wait_for_another_writer(impatient_installation: Installation) -> None:
    installation = impatient_installation
    commands = every_command(installation)
    ada = staff(installation, Role.ADMIN)
    with write_lock(installation):
        for command in commands:
            if command.kind in FORMS:
                assert FORMS[command.kind][1] in preview_of(ada, command), command.kind


def test_a_pending_text_is_shown_while_another_transaction_writes(
    impatient_installation: Installation,
) -> None:
    installation = impatient_installation
    commands = every_command(installation)
    wanting_two(installation)
    waiting = []
    for command in commands:
        with installation.writing(BEN) as ctx:
            text_of_ben = pending.submit(ctx, command)
        assert isinstance(text_of_ben, PendingText)
        waiting.append(text_of_ben)
    ada = staff(installation, Role.ADMIN)
    with write_lock(installation):
        for each in waiting:
            answer = ada.get(f"/console/pending-texts/{each.id}")
            assert answer.status_code == 200, each.command.kind
            assert "Approve and publish" in answer.text
            assert '<article class="preview">' in answer.text, each.command.kind


def test_a_page_view_that_extends_the_session_does_not_wait_for_another_writer(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = staff(installation, Role.ADMIN)
    opened, waits = Database.writing, []

    @contextmanager
    def recorded(database: Database, actor: Actor, *, wait: bool = True) -> Iterator[Ctx]:
        waits.append(wait)
        with opened(database, actor, wait=wait) as ctx:
            yield ctx

    monkeypatch.setattr(Database, "writing", recorded)
    installation.clock.forward(hours=1)
    assert ada.get("/console/").status_code == 200
    assert waits == [False]


def test_a_draft_is_saved_after_the_response_when_the_database_is_busy(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = staff(installation, Role.ADMIN)
    fields, _ = FORMS["open"]
    opened = Database.writing

    @contextmanager
    def busy(database: Database, actor: Actor, *, wait: bool = True) -> Iterator[Ctx]:
        if not wait:
            raise UnavailableError("The database is busy.", code="database_busy")
        with opened(database, actor, wait=wait) as ctx:
            yield ctx

    monkeypatch.setattr(Database, "writing", busy)
    page = ada.send("/console/incidents/new", {**fields, "do": "preview"}).text
    assert "Saved as a draft" not in page
    with installation.reading(ADA) as ctx:
        draft = form_drafts.read_draft(ctx, "incident/new")
    assert draft is not None
    assert draft.fields["title:en"] == "Cards fail"
