"""What changes between the submission and the publication of a text: settings, roles, the draft."""

from typing import Any

import pytest

from app.domain.errors import ConflictError, ForbiddenError
from app.domain.ownership import ActorKind
from app.domain.permissions import Role
from app.domain.statuses import IncidentStatus
from app.usecases import audit_chain
from app.usecases.context import Actor
from app.usecases.incidents.edits import IncidentEdit, edit_incident
from app.usecases.incidents.lifecycle import get_incident, post_update
from app.usecases.incidents.removal import remove_update
from app.usecases.maintenances.lifecycle import (
    MaintenanceChanges,
    edit_maintenance,
    get_maintenance,
)
from app.usecases.publication import pending
from app.usecases.publication.commands import AnyCommand
from app.usecases.publication.incident_commands import PostUpdate, Publish
from app.usecases.publication.maintenance_commands import PublishMaintenance
from app.usecases.text_history import version_of
from app.usecases.users.administration import update_user
from app.usecases.users.single_sign_on import VerifiedIdentity, sign_in
from app.usecases.users.users import add_user
from tests.cast import ADA, BEN, Backend
from tests.factories import english, make_incident, make_maintenance, make_service, update
from tests.usecases.publication.submission import (
    BOB,
    IDENTIFIED,
    an_incident,
    approve,
    held,
    submit,
    texts,
    wanting_two,
    work,
)

CARL = "carl@example.com"


def _draft(backend: Backend) -> str:
    with backend.writing() as ctx:
        return make_incident(ctx, publish=False).incident.id


def _version(backend: Backend, draft: str) -> str:
    with backend.reading() as ctx:
        return version_of(get_incident(ctx, draft).incident.updated_at)


def _rewrite(backend: Backend, draft: str, actor: Actor) -> None:
    backend.clock.forward(seconds=1)
    with backend.writing(actor) as ctx:
        edit_incident(ctx, draft, IncidentEdit(title=english("Nobody has read this")))


def _reason(backend: Backend, text_id: str) -> str:
    with backend.reading() as ctx:
        return pending.get_pending(ctx, text_id).reason


def _refusal(backend: Backend, actor: Actor, text_id: str) -> str:
    with backend.writing(actor) as ctx, pytest.raises(ForbiddenError) as refused:
        approve(ctx, text_id)
    return refused.value.code


# -- settings and roles ----------------------------------------------------------------------------


@pytest.mark.parametrize("failed", [False, True])
def test_an_author_does_not_publish_alone_what_was_submitted_before_the_page_wanted_two(
    sqlite_backend: Backend, *, failed: bool
) -> None:
    backend = sqlite_backend
    incident = an_incident(backend)
    with backend.reading() as ctx:
        newest = get_incident(ctx, incident).newest_update
    waits = held(backend, PostUpdate(incident, IDENTIFIED, newest)).id
    if failed:
        with backend.writing() as ctx:
            other = post_update(ctx, incident, update(IncidentStatus.MONITORING)).newest_update
        backend.clock.forward(minutes=1)
        work(backend)
        with backend.writing() as ctx:
            remove_update(ctx, incident, other or "")
    wanting_two(backend)
    with backend.reading(BEN) as ctx:
        assert not pending.may_approve(ctx, pending.get_pending(ctx, waits))
    assert _refusal(backend, BEN, waits) == "own_text"
    with backend.writing(BOB) as ctx:
        approve(ctx, waits)
    assert texts(backend)[0] == "A root expired."


@pytest.mark.parametrize("change", [{"role": Role.VIEWER}, {"disabled": True}])
def test_a_text_of_somebody_who_may_no_longer_edit_waits_for_a_second_person(
    sqlite_backend: Backend, change: dict[str, Any]
) -> None:
    backend = sqlite_backend
    with backend.writing() as ctx:
        carl = add_user(ctx, CARL, Role.EDITOR)
    author = Actor(ActorKind.USER, CARL, Role.EDITOR, carl.id)
    waits = held(backend, PostUpdate(an_incident(backend), IDENTIFIED), author).id
    with backend.writing() as ctx:
        update_user(ctx, carl.id, **change)
    backend.clock.forward(minutes=1)
    work(backend)
    assert "A root expired." not in texts(backend)
    with backend.writing(BOB) as ctx:
        approve(ctx, waits)
    assert texts(backend)[0] == "A root expired."


def test_a_text_of_a_former_admin_waits_as_that_of_an_editor(sqlite_backend: Backend) -> None:
    backend = sqlite_backend
    incident = an_incident(backend)
    wanting_two(backend)
    with backend.writing() as ctx:
        carl = add_user(ctx, CARL, Role.ADMIN)
    author = Actor(ActorKind.USER, CARL, Role.ADMIN, carl.id)
    waits = held(backend, PostUpdate(incident, IDENTIFIED), author).id
    with backend.writing() as ctx:
        update_user(ctx, carl.id, role=Role.EDITOR)
    backend.clock.forward(minutes=1)
    work(backend)
    assert _reason(backend, waits) == "second_person"


# -- the draft -------------------------------------------------------------------------------------


def test_a_draft_that_was_rewritten_since_its_page_was_opened_is_not_submitted(
    backend: Backend,
) -> None:
    draft = _draft(backend)
    with backend.writing() as ctx:
        make_service(ctx)
        planned = make_maintenance(ctx, publish=False).id
        read = version_of(get_maintenance(ctx, planned).updated_at)
    stale: list[AnyCommand] = [
        Publish(draft, _version(backend, draft)),
        PublishMaintenance(planned, read),
    ]
    _rewrite(backend, draft, BOB)
    with backend.writing(BOB) as ctx:
        edit_maintenance(ctx, planned, MaintenanceChanges(title=english("Evil")))
    for command in stale:
        with pytest.raises(ConflictError) as refused:
            submit(backend, command)
        assert refused.value.code == "changed_meanwhile"
    held(backend, Publish(draft, _version(backend, draft)))


def test_an_editor_does_not_rewrite_what_an_admin_has_just_published(
    sqlite_backend: Backend,
) -> None:
    backend = sqlite_backend
    draft = _draft(backend)
    wanting_two(backend)
    waits = held(backend, Publish(draft, _version(backend, draft)), ADA).id
    _rewrite(backend, draft, BOB)
    backend.clock.forward(minutes=1)
    work(backend)
    assert _reason(backend, waits) == "second_person"
    assert _refusal(backend, BOB, waits) == "own_text"
    with backend.writing(BEN) as ctx:
        approve(ctx, waits)


@pytest.mark.parametrize("stamped", [False, True])
def test_who_has_changed_a_draft_approves_it_only_when_its_author_has_read_the_change(
    sqlite_backend: Backend, *, stamped: bool
) -> None:
    backend = sqlite_backend
    draft = _draft(backend)
    wanting_two(backend)
    _rewrite(backend, draft, BOB)
    backend.clock.forward(seconds=1)
    waits = held(backend, Publish(draft, _version(backend, draft) if stamped else None)).id
    if not stamped:
        assert _refusal(backend, BOB, waits) == "own_text"
        return
    with backend.writing(BOB) as ctx:
        approve(ctx, waits)


def test_who_has_rewritten_a_draft_is_known_under_another_address(sqlite_backend: Backend) -> None:
    backend = sqlite_backend
    draft = _draft(backend)
    wanting_two(backend)
    with backend.writing() as ctx:
        known = VerifiedIdentity("https://login.example.com", "carl", CARL)
        carl = sign_in(ctx, known, Role.EDITOR)
    waits = held(backend, Publish(draft, _version(backend, draft))).id
    _rewrite(backend, draft, Actor(ActorKind.USER, CARL, Role.EDITOR, carl.id))
    with backend.writing() as ctx:
        renamed = VerifiedIdentity("https://login.example.com", "carl", "charles@example.com")
        sign_in(ctx, renamed, Role.EDITOR)
    charles = Actor(ActorKind.USER, "charles@example.com", Role.EDITOR, carl.id)
    assert _refusal(backend, charles, waits) == "own_text"


def test_a_draft_is_not_approved_once_the_audit_log_has_forgotten_who_changed_it(
    sqlite_backend: Backend,
) -> None:
    backend = sqlite_backend
    draft = _draft(backend)
    wanting_two(backend)
    waits = held(backend, Publish(draft, _version(backend, draft))).id
    _rewrite(backend, draft, BOB)
    backend.clock.forward(days=3)
    with backend.writing() as ctx:
        audit_chain.delete_expired(ctx, 1)
    assert _refusal(backend, BOB, waits) == "own_text"
    with backend.writing(ADA) as ctx:
        approve(ctx, waits)
