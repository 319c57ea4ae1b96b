"""Texts that wait for a second person."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from app.domain.errors import ConflictError, ForbiddenError, InvalidError, UnauthenticatedError
from app.domain.permissions import Role
from app.domain.statuses import Impact, IncidentStatus
from app.domain.texts.localized_text import LocalizedText
from app.usecases.context import SHELL, Actor, Ctx
from app.usecases.incidents.lifecycle import delete_incident
from app.usecases.incidents.postmortems import NewPostmortem, put_postmortem
from app.usecases.incidents.records import StaffIncident
from app.usecases.maintenances.lifecycle import (
    MaintenanceChanges,
    StaffMaintenance,
    edit_maintenance,
    get_maintenance,
)
from app.usecases.maintenances.windows import complete_maintenance
from app.usecases.page.settings import PageChange, edit_page
from app.usecases.publication import pending
from app.usecases.publication.commands import COMMANDS
from app.usecases.publication.incident_commands import (
    EditIncident,
    OpenIncident,
    PostUpdate,
    PutPostmortem,
)
from app.usecases.publication.maintenance_commands import (
    AnnounceMaintenance,
    EditMaintenance,
)
from app.usecases.services.groups import create_group
from app.usecases.services.services import archive_service, edit_service
from app.usecases.users import api_tokens, sessions
from app.usecases.users.administration import update_user
from app.usecases.users.sessions import BrowserInfo
from app.usecases.users.users import add_user
from tests.cast import ADA, BEN, Backend
from tests.factories import english, make_incident, make_maintenance, update
from tests.usecases.alerts.probing import expired_for_all, open_probe_driver
from tests.usecases.publication.submission import (
    AHEAD,
    BOB,
    IDENTIFIED,
    an_incident,
    approve,
    every_command,
    held,
    texts,
    wanting_two,
    work,
)


def test_an_editors_text_waits_for_a_second_person(backend: Backend) -> None:
    wanting_two(backend)
    waits = held(backend, PostUpdate(an_incident(backend), IDENTIFIED))
    assert waits.due_at is None
    backend.clock.forward(days=1)
    work(backend)
    with backend.writing(BEN) as ctx, pytest.raises(ForbiddenError) as refused:
        approve(ctx, waits.id)
    assert refused.value.code == "own_text"
    assert "A root expired." not in texts(backend)
    with backend.writing(BOB) as ctx:
        approve(ctx, waits.id)
    assert texts(backend)[0] == "A root expired."


def test_a_second_person_may_refuse(sqlite_backend: Backend) -> None:
    backend = sqlite_backend
    wanting_two(backend)
    waits = held(backend, PostUpdate(an_incident(backend), IDENTIFIED))
    with backend.writing(BOB) as ctx:
        assert pending.withdraw(ctx, waits.id).outcome == "refused"
    assert "A root expired." not in texts(backend)


def _resolved(ctx: Ctx) -> str:
    return make_incident(ctx, update(IncidentStatus.RESOLVED)).incident.id


def test_no_public_command_avoids_the_second_person(sqlite_backend: Backend) -> None:
    backend = sqlite_backend
    public = every_command(backend)
    wanting_two(backend)
    assert {each.kind for each in public} == set(COMMANDS)
    for command in public:
        with backend.writing(BEN) as ctx, pytest.raises(ForbiddenError) as refused:
            command.execute(ctx)
        assert refused.value.code == "second_person_needed"
        assert held(backend, command).command == command


def test_what_was_pending_is_done_as_it_was_sent(backend: Backend) -> None:
    wanting_two(backend)
    waits = [held(backend, each) for each in every_command(backend)]
    for each in waits:
        with backend.writing(BOB) as ctx:
            approve(ctx, each.id)
    with backend.reading() as ctx:
        sent = [pending.get_pending(ctx, each.id) for each in waits]
    assert {each.outcome for each in sent} == {"sent"}
    assert all(each.subject.id is not None for each in sent)


def test_what_visitors_do_not_read_needs_nobody_else(sqlite_backend: Backend) -> None:
    backend = sqlite_backend
    incident = an_incident(backend)
    wanting_two(backend)
    with backend.writing() as ctx:
        planned = make_maintenance(ctx, starts_in=timedelta(hours=-1)).id
        unseen = make_maintenance(ctx, publish=False).id
    longer = EditMaintenance(ends_at=backend.clock.now + timedelta(hours=5), maintenance=planned)
    with backend.writing(BEN) as ctx:
        pending.submit(ctx, EditIncident(impact=Impact.CRITICAL, incident=incident))
        over = _resolved(Ctx(ctx.session, ADA, ctx.now))
        put_postmortem(ctx, over, NewPostmortem(english("Why."), publish=False))
        drafted = OpenIncident(english("Down"), IDENTIFIED, publish=False)
        assert isinstance(pending.submit(ctx, drafted), StaffIncident)
        pending.submit(ctx, EditMaintenance(english("Cables"), maintenance=unseen))
        done = pending.submit(ctx, longer, undoable=True)
        assert isinstance(done, StaffMaintenance)
        assert complete_maintenance(ctx, planned).maintenance.status == "completed"


def test_a_window_begins_and_ends_while_words_about_it_wait(sqlite_backend: Backend) -> None:
    backend = sqlite_backend
    an_incident(backend)
    with backend.writing() as ctx:
        planned = make_maintenance(ctx, recurrence="FREQ=DAILY").id
    wanting_two(backend)
    waits = held(backend, AnnounceMaintenance(AHEAD.status, AHEAD.body, maintenance=planned))
    backend.clock.forward(days=1, minutes=5)
    with backend.reading() as ctx:
        assert get_maintenance(ctx, planned).maintenance.status == "in_progress"
    backend.clock.forward(days=1)
    # It was meant for the first window, which is over; nobody hears it of another one.
    with backend.writing(BOB) as ctx, pytest.raises(ConflictError):
        approve(ctx, waits.id)


def test_what_somebody_changed_meanwhile_is_not_overwritten(sqlite_backend: Backend) -> None:
    backend = sqlite_backend
    an_incident(backend)
    with backend.writing() as ctx:
        planned = make_maintenance(ctx)
    seen = planned.updated_at.isoformat()
    waits = held(backend, EditMaintenance(english("Mine"), maintenance=planned.id, seen=seen))
    backend.clock.forward(seconds=5)
    with backend.writing() as ctx:
        edit_maintenance(ctx, planned.id, MaintenanceChanges(english("Theirs")))
    backend.clock.forward(seconds=5)
    work(backend)
    with backend.reading() as ctx:
        assert pending.get_pending(ctx, waits.id).outcome == "failed"
        title = get_maintenance(ctx, planned.id).maintenance.title
    assert isinstance(title, LocalizedText)
    assert dict(title) == {"en": "Theirs"}


def test_its_author_reads_why_it_was_refused_until_they_put_that_away(backend: Backend) -> None:
    wanting_two(backend)
    waits = held(backend, PostUpdate(an_incident(backend), IDENTIFIED))
    with backend.writing(BOB) as ctx:
        pending.withdraw(ctx, waits.id, remark="  Not before the bank says so. ")
        with pytest.raises(ForbiddenError):
            pending.dismiss(ctx, waits.id)
        assert pending.list_refused(ctx) == ()
    with backend.writing(BEN) as ctx:
        (reported,) = pending.list_refused(ctx)
        assert (reported.decided_by, reported.remark) == (BOB.name, "Not before the bank says so.")
        assert reported.command == waits.command
        pending.dismiss(ctx, reported.id)
        assert pending.list_refused(ctx) == ()
        assert pending.get_pending(ctx, reported.id).command == waits.command


def test_what_automation_opens_can_wait_for_staff_too(sqlite_url: str) -> None:
    with open_probe_driver(sqlite_url) as probing:
        probing.add_target("pay.example", "payments")
        probing.as_ada(
            lambda ctx: edit_page(ctx, PageChange(four_eyes=True, four_eyes_automation=True))
        )
        probing.serve(expired_for_all)
        probing.let_pass(minutes=5)
        assert probing.incident().published_at is None


def _signed_in(backend: Backend, name: str) -> Actor:
    """The actor of an editor who has signed in."""
    email = f"{name}@example.com"
    with backend.writing(SHELL) as ctx:
        user = add_user(ctx, email, Role.EDITOR)
    with backend.writing() as ctx:
        fresh = sessions.begin(ctx, user.id, BrowserInfo("", ""), days=1)
    with backend.reading() as ctx:
        session = sessions.session_of(ctx, fresh.secret)
    assert session is not None
    return session.actor


def _token_of(backend: Backend, owner: str | None) -> Actor:
    """The actor of an editor's API token, created on the command line."""
    with backend.writing(SHELL) as ctx:
        secret = api_tokens.add_token(ctx, "script", Role.EDITOR, owner=owner).secret
    with backend.reading() as ctx:
        return api_tokens.actor_of(ctx, secret)


def _refusal(backend: Backend, actor: Actor, waits: str) -> str:
    with backend.writing(actor) as ctx, pytest.raises(ForbiddenError) as refused:
        approve(ctx, waits)
    return refused.value.code


def test_a_person_and_their_tokens_are_one_person(backend: Backend) -> None:
    wanting_two(backend)
    carl, dora = _signed_in(backend, "carl"), _signed_in(backend, "dora")
    tokens = [_token_of(backend, carl.name), _token_of(backend, carl.name)]
    by_token = held(backend, PostUpdate(an_incident(backend), IDENTIFIED), tokens[0])
    by_person = held(backend, OpenIncident(english("Slow"), IDENTIFIED), carl)
    for text, others in ((by_token, (carl, tokens[1])), (by_person, tokens)):
        assert {_refusal(backend, each, text.id) for each in others} == {"own_text"}
    assert "A root expired." not in texts(backend)
    with backend.writing(_token_of(backend, dora.name)) as ctx:
        approve(ctx, by_token.id)
    with backend.writing(dora) as ctx:
        approve(ctx, by_person.id)


def test_a_token_without_an_owner_is_no_second_person(sqlite_backend: Backend) -> None:
    backend = sqlite_backend
    wanting_two(backend)
    carl, nobodys = _signed_in(backend, "carl"), _token_of(backend, None)
    by_token = held(backend, PostUpdate(an_incident(backend), IDENTIFIED), nobodys)
    by_person = held(backend, OpenIncident(english("Slow"), IDENTIFIED), carl)
    assert _refusal(backend, carl, by_token.id) == "token_without_owner"
    assert _refusal(backend, nobodys, by_person.id) == "token_without_owner"
    # An admin may publish without a second person.
    with backend.writing(ADA) as ctx:
        approve(ctx, by_token.id)


def test_owners_read_refusals_of_what_their_tokens_sent_and_withdraw_it(
    sqlite_backend: Backend,
) -> None:
    backend = sqlite_backend
    wanting_two(backend)
    carl = _signed_in(backend, "carl")
    token = _token_of(backend, carl.name)
    incident = an_incident(backend)
    refused, withdrawn = (held(backend, PostUpdate(incident, IDENTIFIED), token) for _ in range(2))
    with backend.writing(BOB) as ctx:
        pending.withdraw(ctx, refused.id, remark="No.")
    with backend.writing(carl) as ctx:
        assert [each.id for each in pending.list_refused(ctx)] == [refused.id]
        pending.dismiss(ctx, refused.id)
        assert pending.withdraw(ctx, withdrawn.id).outcome == "withdrawn"


def test_the_author_of_a_pending_text_stays_the_author_under_another_address(
    sqlite_backend: Backend,
) -> None:
    backend = sqlite_backend
    wanting_two(backend)
    carl = _signed_in(backend, "carl")
    waits = held(
        backend, PostUpdate(an_incident(backend), IDENTIFIED), _token_of(backend, carl.name)
    )
    renamed = Actor(carl.kind, "charles@example.com", carl.role, carl.user_id)
    assert _refusal(backend, renamed, waits.id) == "own_text"


def test_a_token_may_do_no_more_than_its_owner(backend: Backend) -> None:
    carl = _signed_in(backend, "carl")
    assert carl.user_id is not None
    with backend.writing() as ctx:
        with pytest.raises(InvalidError) as refused:
            api_tokens.add_token(ctx, "script", Role.ADMIN, owner=carl.name)
        assert refused.value.code == "role_above_owner"
        secret = api_tokens.add_token(ctx, "script", Role.EDITOR, owner=" CARL@example.com").secret
        update_user(ctx, carl.user_id, role=Role.VIEWER)
        assert api_tokens.actor_of(ctx, secret).role is Role.VIEWER
        update_user(ctx, carl.user_id, disabled=True)
        with pytest.raises(UnauthenticatedError):
            api_tokens.actor_of(ctx, secret)
        with pytest.raises(InvalidError) as refused:
            api_tokens.add_token(ctx, "script", Role.VIEWER, owner=carl.name)
        assert refused.value.code == "unknown_owner"


def test_what_two_persons_published_is_taken_away_by_an_admin(sqlite_backend: Backend) -> None:
    backend = sqlite_backend
    incident = an_incident(backend)
    with backend.writing() as ctx:
        over = _resolved(ctx)
        put_postmortem(ctx, over, NewPostmortem(english("Why."), publish=True))
        draft = make_incident(ctx, publish=False).incident.id
    wanting_two(backend)
    withdrawal = PutPostmortem(over, english("Why."), publish=False)
    with backend.writing(BEN) as ctx:
        for attempt in (
            lambda: delete_incident(ctx, incident),
            lambda: withdrawal.execute(ctx),
            lambda: pending.submit(ctx, withdrawal),
        ):
            with pytest.raises(ForbiddenError) as refused:
                attempt()
            assert refused.value.code == "second_person_needed"
        delete_incident(ctx, draft)
    with backend.writing(ADA) as ctx:
        withdrawal.execute(ctx)
        delete_incident(ctx, incident)


ADMINS_CHANGES: dict[str, Callable[[Ctx], object]] = {
    "rename": lambda ctx: edit_service(ctx, "payments", name=english("Mine")),
    "archive": lambda ctx: archive_service(ctx, "payments"),
    "group": lambda ctx: create_group(ctx, english("Mine")),
    "page": lambda ctx: edit_page(ctx, PageChange(name=english("Mine"))),
}


@pytest.mark.parametrize("change", ADMINS_CHANGES)
def test_an_editor_changes_no_name_that_visitors_read(sqlite_backend: Backend, change: str) -> None:
    an_incident(sqlite_backend)
    with sqlite_backend.writing(BEN) as ctx, pytest.raises(ForbiddenError):
        ADMINS_CHANGES[change](ctx)
