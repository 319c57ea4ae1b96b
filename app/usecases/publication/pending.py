"""Pending texts: an approval queue, and a short time in which the author can undo.

A pending text is stored as the command that was submitted, so it survives a restart. It is executed
later on behalf of its author, exactly as it would have been executed at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from app.db.queries import maintenances
from app.db.queries.audit import has_changed_since, has_entry, names_of_user
from app.db.queries.incidents import incidents
from app.db.queries.page import page
from app.db.queries.publication import pending
from app.db.tables import PendingTextRow
from app.domain.errors import ConflictError, ForbiddenError, FyrError, NotFoundError
from app.domain.ownership import ActorKind
from app.domain.permissions import Action, Role, may
from app.domain.publication import Outcome, PendingReason, PreviewContent, Subject, SubjectKind
from app.domain.validation import check_text, is_public_id
from app.ports.channel import Channel
from app.usecases import audit, four_eyes
from app.usecases.context import Actor, Ctx, new_id, required
from app.usecases.notices.audience import AudienceCount, count_audience
from app.usecases.publication import commands, versions
from app.usecases.publication.command import Command
from app.usecases.publication.commands import AnyCommand, Done
from app.usecases.publication.incident_commands import Publish, PutPostmortem
from app.usecases.publication.maintenance_commands import PublishMaintenance

__all__ = [
    "PendingText",
    "approve",
    "count_notified",
    "dismiss",
    "dry_run",
    "dry_run_as_author",
    "get_pending",
    "has_due",
    "is_deferred",
    "list_pending",
    "list_refused",
    "may_approve",
    "publish_due",
    "submit",
    "version_of",
    "withdraw",
]

DoneT = TypeVar("DoneT", bound=Done)

_REMARK_LIMIT = 1000
_FIRST_CHANGE = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PendingText:
    """A command that is not executed yet, or its record after the decision.

    `due_at` is when it is executed without further ado; None when a second person has to approve
    it. `subject` gets its id when a command has created the incident or maintenance. `author_name`
    and `decided_by` are for users who may edit, None for others. `failure` is the reason for staff
    why it could not be executed. `remark` is the reason for a refusal, if one
    was given; `dismissed_at` is when the author confirmed having read it.
    """

    id: str
    command: AnyCommand
    subject: Subject
    author: Actor
    author_name: str | None
    reason: PendingReason
    submitted_at: datetime
    due_at: datetime | None
    outcome: Outcome | None
    failure: str | None
    decided_by: str | None = None
    decided_at: datetime | None = None
    remark: str | None = None
    dismissed_at: datetime | None = None


def submit(ctx: Ctx, command: Command[DoneT], *, undoable: bool = False) -> DoneT | PendingText:
    """Execute a command, or store it as pending.

    A public text of an editor waits for a second person where the page requires one; otherwise,
    if `undoable`, a public text waits for the undo time of the page. A command that would fail now
    is refused now. Raises what the command raises, and ConflictError (`changed_meanwhile`) when it
    publishes a draft that was changed since the author read it.
    """
    ctx.require(Action.EDIT)
    command.check_read(ctx)
    is_public = command.is_public(ctx)
    if is_public and four_eyes.binds(ctx):
        return _store(ctx, command, PendingReason.SECOND_PERSON, None)
    seconds = page.read_page(ctx.session).undo_seconds
    if is_public and undoable and seconds > 0:
        return _store(ctx, command, PendingReason.UNDO, ctx.now + timedelta(seconds=seconds))
    return command.execute(ctx)


def is_deferred(ctx: Ctx, command: AnyCommand) -> bool:
    """Whether `submit` with `undoable` would store the command as pending. Only reads."""
    if not command.is_public(ctx):
        return False
    return four_eyes.binds(ctx) or page.read_page(ctx.session).undo_seconds > 0


def list_pending(ctx: Ctx) -> tuple[PendingText, ...]:
    """The texts that are pending or have failed, oldest first."""
    ctx.require(Action.READ)
    return _records(ctx, pending.undecided(ctx.session))


def list_refused(ctx: Ctx) -> tuple[PendingText, ...]:
    """The refused texts, not dismissed, of the actor and of the actor's tokens, oldest first."""
    ctx.require(Action.READ)
    actor = ctx.actor
    return _records(
        ctx, pending.refused(ctx.session, actor.kind.value, actor.name, user_id=actor.user_id)
    )


def get_pending(ctx: Ctx, public_id: str) -> PendingText:
    """One pending text, also after the decision. Takes no lock. Raises NotFoundError."""
    ctx.require(Action.READ)
    return _record(ctx, _required(ctx, public_id))


def approve(ctx: Ctx, public_id: str, *, seen: str) -> Done:
    """Execute a pending text now. Authors cannot approve a text that needs a second person.

    `seen` is the version that the approver has read, as `version_of` gives it. Raises
    NotFoundError, ForbiddenError (`own_text`, also when the approver has rewritten the draft since;
    `token_without_owner`), ConflictError (`already_decided`; `changed_meanwhile` when visitors
    would read something else than `seen`), and what the command raises: the text then stays
    pending.
    """
    ctx.require(Action.EDIT)
    row = _lock_undecided(ctx, public_id)
    if four_eyes.awaits_second_person(ctx, PendingReason(row.reason), _author(row)):
        four_eyes.check_approver(ctx, _author(row))
        _check_not_rewritten(ctx, row)
    # Nobody changes what is compared before it is executed.
    _lock_subject(ctx, row)
    if seen != versions.version_of(ctx, _command(row), _author(row)):
        raise ConflictError(
            "Visitors would read something else than what you have read. Read it again, then "
            "approve the version that you have read.",
            code="changed_meanwhile",
        )
    done = _execute(ctx, row)
    _decide(ctx, row, Outcome.SENT)
    return done


def version_of(ctx: Ctx, text: PendingText) -> str | None:
    """The version of what visitors would read once the text is executed; None if it would fail."""
    try:
        return versions.version_of(ctx, text.command, text.author)
    except FyrError:
        return None


def dry_run_as_author(ctx: Ctx, text: PendingText) -> PreviewContent:
    """The preview of a pending text, as approving it now would execute it. Raises its errors."""
    return text.command.preview(Ctx(ctx.session, text.author, ctx.now, approved=True))


def may_approve(ctx: Ctx, text: PendingText) -> bool:
    """Whether the actor may execute this pending text now."""
    if ctx.actor.role is not None and not may(ctx.actor.role, Action.EDIT):
        return False
    if not four_eyes.awaits_second_person(ctx, text.reason, text.author):
        return True
    return four_eyes.may_approve(ctx.actor, text.author)


def withdraw(ctx: Ctx, public_id: str, *, remark: str = "") -> PendingText:
    """Withdraw one's own pending text, or refuse another author's; `remark` is the reason.

    Raises NotFoundError, ForbiddenError, InvalidError, ConflictError (`already_decided`).
    """
    ctx.require(Action.EDIT)
    row = _lock_undecided(ctx, public_id)
    if _is_own(ctx, row):
        _decide(ctx, row, Outcome.WITHDRAWN)
        return _record(ctx, row)
    if remark.strip():
        row.remark = check_text(remark, field="remark", limit=_REMARK_LIMIT)
    _decide(ctx, row, Outcome.REFUSED)
    return _record(ctx, row)


def dismiss(ctx: Ctx, public_id: str) -> PendingText:
    """Confirm having read that one's own text was refused. The text stays readable.

    Raises NotFoundError, ForbiddenError (`not_yours`), ConflictError (`not_refused`).
    """
    ctx.require(Action.EDIT)
    row = _required(ctx, public_id, lock=True)
    if not _is_own(ctx, row):
        raise ForbiddenError("Somebody else wrote this.", code="not_yours")
    if row.outcome != Outcome.REFUSED.value:
        raise ConflictError("Nobody has refused this.", code="not_refused")
    if row.dismissed_at is None:
        row.dismissed_at = ctx.now
        audit.record(ctx, "pending_text.dismiss", "pending_text", row.public_id)
    return _record(ctx, row)


def dry_run(ctx: Ctx, command: AnyCommand) -> PreviewContent:
    """The preview of a command as if a second person had approved it.

    Stores nothing and takes no write lock. Raises what executing the command would raise.
    """
    return command.preview(Ctx(ctx.session, ctx.actor, ctx.now, approved=True))


def count_notified(
    ctx: Ctx, command: AnyCommand, content: PreviewContent, channels: Mapping[str, Channel]
) -> AudienceCount:
    """Count the subscribers who would be notified if the command were executed now.

    `content` is its preview, `channels` are those that are configured. Stores nothing.
    """
    planned = command.planned_notice(ctx, content)
    return AudienceCount({}) if planned is None else count_audience(ctx, planned, channels)


def has_due(ctx: Ctx) -> bool:
    """Whether the undo time of a pending text is over."""
    return bool(pending.due(ctx.session, ctx.now))


def publish_due(ctx: Ctx) -> None:
    """Execute the texts whose undo time is over. A failure is stored for staff to read."""
    for row in pending.due(ctx.session, ctx.now):
        if _awaits_second_person(ctx, row):
            row.reason, row.due_at = PendingReason.SECOND_PERSON.value, None
            continue
        try:
            with ctx.session.begin_nested():
                _execute(ctx, row)
        except FyrError as error:
            row.failure = error.message
            _decide(ctx, row, Outcome.FAILED)
        else:
            _decide(ctx, row, Outcome.SENT)


def _awaits_second_person(ctx: Ctx, row: PendingTextRow) -> bool:
    """Whether a text whose undo time is over has to wait for a second person.

    Since it was submitted, the page wants one, its author may do less, or somebody else has
    rewritten the draft that it publishes, which nobody has read so.
    """
    if four_eyes.awaits_second_person(ctx, PendingReason(row.reason), _author(row)):
        return True
    if not page.read_page(ctx.session).four_eyes:
        return False
    try:
        _command(row).check_read(ctx)
    except ConflictError:
        return True
    except NotFoundError:
        # Executing it says so.
        return False
    return False


def _store(
    ctx: Ctx, command: AnyCommand, reason: PendingReason, due_at: datetime | None
) -> PendingText:
    dry_run(ctx, command)
    command = command.as_submitted(ctx)
    subject = command.subject
    row = PendingTextRow(
        public_id=new_id(),
        verb=command.kind,
        incident=subject.id if subject.kind is SubjectKind.INCIDENT else None,
        maintenance=subject.id if subject.kind is SubjectKind.MAINTENANCE else None,
        content=commands.to_json(command),
        actor_kind=ctx.actor.kind.value,
        actor_name=ctx.actor.name,
        actor_role=None if ctx.actor.role is None else ctx.actor.role.value,
        actor_user=ctx.actor.user_id,
        reason=reason.value,
        submitted_at=ctx.now,
        due_at=due_at,
    )
    ctx.session.add(row)
    ctx.session.flush()
    after = {"verb": row.verb, subject.kind.value: subject.id}
    audit.record(ctx, "pending_text.add", "pending_text", row.public_id, after=after)
    return _record(ctx, row)


def _execute(ctx: Ctx, row: PendingTextRow) -> Done:
    as_author = Ctx(ctx.session, _author(row), ctx.now, approved=True)
    done = _command(row).execute(as_author)
    if done.subject.kind is SubjectKind.INCIDENT:
        row.incident = done.subject.id
    else:
        row.maintenance = done.subject.id
    if as_author.visibly_changed:
        ctx.touch()
    return done


def _lock_subject(ctx: Ctx, row: PendingTextRow) -> None:
    if row.incident is not None:
        incidents.lock_incident(ctx.session, row.incident)
    if row.maintenance is not None:
        maintenances.lock_maintenance(ctx.session, row.maintenance)


def _check_not_rewritten(ctx: Ctx, row: PendingTextRow) -> None:
    """Raise ForbiddenError when the approver has changed the draft since it was submitted.

    The approver would be the only person who has read the change. An admin may publish alone. When
    the audit log does not reach back to the submission, nobody knows who has changed it.
    """
    subject_id = row.incident or row.maintenance
    if subject_id is None or ctx.actor.role is Role.ADMIN or not _publishes_draft(ctx, row):
        return
    if not has_entry(ctx.session, row.public_id):
        raise ForbiddenError(
            "The audit log no longer says who has changed this since it was submitted. Ask an "
            "admin to approve it, or its author to submit it again.",
            code="own_text",
        )
    names = {ctx.actor.name, *names_of_user(ctx.session, ctx.actor.user_id)}
    command, since = _command(row), row.submitted_at
    if isinstance(command, Publish | PublishMaintenance) and command.seen is None:
        # Nobody knows which version its author has read.
        since = _FIRST_CHANGE
    if has_changed_since(ctx.session, subject_id, names, since):
        raise ForbiddenError(
            "You have changed what is published, so somebody else has to approve it.",
            code="own_text",
        )


def _publishes_draft(ctx: Ctx, row: PendingTextRow) -> bool:
    """Whether the text publishes a draft or a postmortem, which editors can change on their own."""
    if row.verb == PutPostmortem.kind:
        return True
    if row.incident is not None:
        incident = incidents.find_incident(ctx.session, row.incident)
        return incident is not None and incident.published_at is None
    maintenance = maintenances.find_maintenance(ctx.session, row.maintenance or "")
    return maintenance is not None and maintenance.published_at is None


def _decide(ctx: Ctx, row: PendingTextRow, outcome: Outcome) -> None:
    row.outcome, row.decided_at, row.decided_by = outcome.value, ctx.now, ctx.actor.name
    ctx.session.flush()
    subject = _subject(row, _command(row))
    after = {subject.kind.value: subject.id}
    if row.remark is not None:
        after["remark"] = row.remark
    audit.record(ctx, f"pending_text.{outcome.value}", "pending_text", row.public_id, after=after)


def _command(row: PendingTextRow) -> AnyCommand:
    return commands.from_json(row.verb, row.incident or row.maintenance, row.content)


def _subject(row: PendingTextRow, command: AnyCommand) -> Subject:
    """The subject with its id, also of a command that has created it."""
    return Subject(command.subject.kind, row.incident or row.maintenance)


def _is_own(ctx: Ctx, row: PendingTextRow) -> bool:
    return four_eyes.is_same_person(ctx.actor, _author(row))


def _author(row: PendingTextRow) -> Actor:
    role = None if row.actor_role is None else Role(row.actor_role)
    return Actor(ActorKind(row.actor_kind), row.actor_name, role, row.actor_user)


def _lock_undecided(ctx: Ctx, public_id: str) -> PendingTextRow:
    row = _required(ctx, public_id, lock=True)
    if row.outcome not in {None, Outcome.FAILED.value}:
        raise ConflictError("This has been decided already.", code="already_decided")
    return row


def _required(ctx: Ctx, public_id: str, *, lock: bool = False) -> PendingTextRow:
    row = None
    if is_public_id(public_id):
        row = pending.find_pending(ctx.session, public_id, lock=lock)
    return required(row, "There is no such text waiting.", code="pending_text_not_found")


def _records(ctx: Ctx, rows: Sequence[PendingTextRow]) -> tuple[PendingText, ...]:
    return tuple(_record(ctx, row) for row in rows)


def _record(ctx: Ctx, row: PendingTextRow) -> PendingText:
    command, named = _command(row), ctx.may(Action.EDIT)
    return PendingText(
        id=row.public_id,
        command=command,
        subject=_subject(row, command),
        author=_author(row),
        author_name=row.actor_name if named else None,
        reason=PendingReason(row.reason),
        submitted_at=row.submitted_at,
        due_at=row.due_at,
        outcome=None if row.outcome is None else Outcome(row.outcome),
        failure=row.failure,
        decided_by=row.decided_by if named else None,
        decided_at=row.decided_at,
        remark=row.remark,
        dismissed_at=row.dismissed_at,
    )
