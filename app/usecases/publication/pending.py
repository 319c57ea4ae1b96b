"""Texts that wait before they leave: for a moment to undo, or for a second person.

What waits is kept as it was sent, so it survives a restart, and is done later exactly as it would
have been done at once, by its author.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.db.queries import page, pending
from app.db.tables import PendingTextRow
from app.domain.errors import ConflictError, ForbiddenError, FyrError
from app.domain.incidents.pending import Outcome, Reason
from app.domain.ownership import ActorKind
from app.domain.permissions import Action, Role
from app.domain.validation import check_text, is_public_id
from app.usecases import audit, four_eyes
from app.usecases.context import Actor, Ctx, new_id, required
from app.usecases.incidents.records import StaffIncident
from app.usecases.publication import commands
from app.usecases.publication.commands import Done, Write

__all__ = [
    "PendingText",
    "approve",
    "dismiss",
    "get_held",
    "is_due",
    "list_held",
    "list_refused",
    "rehearse",
    "send_due",
    "submit",
    "withdraw",
]

_LONGEST_REMARK = 1000


@dataclass(frozen=True, slots=True)
class PendingText:
    """A text that waits. `due_at` is when it leaves by itself; None when somebody must approve.

    `failure` says why it could not leave, in words for staff. `incident` or `maintenance` is the
    one it is about; both are None for a new one that has not left yet. `remark` is why somebody
    refused it, if they said so; `dismissed_at` is when its author had read that.
    """

    id: str
    write: Write
    author: str
    reason: Reason
    held_at: datetime
    due_at: datetime | None
    outcome: Outcome | None
    failure: str | None
    incident: str | None = None
    maintenance: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    remark: str | None = None
    dismissed_at: datetime | None = None


def submit(ctx: Ctx, write: Write, *, undoable: bool = False) -> Done | PendingText:
    """Do it, or hold it: for a second person where the page wants one, else, if `undoable`, for
    the page's moment to undo. All of a write waits, its text and whatever else is sent with it.
    What could not be done now is refused now. Raises what `write` does.
    """
    ctx.require(Action.EDIT)
    is_public = commands.is_public(ctx, write)
    if is_public and four_eyes.binds(ctx):
        return _hold(ctx, write, Reason.SECOND_PERSON, None)
    seconds = page.read_page(ctx.session).undo_seconds
    if is_public and undoable and seconds > 0:
        return _hold(ctx, write, Reason.UNDO, ctx.now + timedelta(seconds=seconds))
    return commands.do(ctx, write)


def list_held(ctx: Ctx) -> tuple[PendingText, ...]:
    """What waits or could not leave, oldest first."""
    ctx.require(Action.READ)
    return tuple(_held(row) for row in pending.waiting(ctx.session))


def list_refused(ctx: Ctx) -> tuple[PendingText, ...]:
    """What the actor wrote and somebody refused, until they have read it; oldest first."""
    ctx.require(Action.READ)
    rows = pending.refused(ctx.session, ctx.actor.kind.value, ctx.actor.name)
    return tuple(_held(row) for row in rows)


def get_held(ctx: Ctx, public_id: str) -> PendingText:
    """One of them, also when it was decided. Raises NotFoundError."""
    ctx.require(Action.READ)
    return _held(_required(ctx, public_id))


def approve(ctx: Ctx, public_id: str, *, seen: str | None = None) -> Done:
    """Let it leave now. A text that waits for a second person is not approved by its author.

    `seen` is `writes.stamp_of` what was read before. Raises NotFoundError, ForbiddenError
    (`own_text`), ConflictError (`already_decided`; `changed_meanwhile` when a draft says something
    else by now), and what doing it raises: then it goes on waiting.
    """
    ctx.require(Action.EDIT)
    row = _undecided(ctx, public_id)
    if row.reason == Reason.SECOND_PERSON.value and _is_own(ctx, row):
        raise ForbiddenError("Somebody else has to approve this.", code="own_text")
    if seen is not None and seen != commands.stamp_of(ctx, _write(row)):
        raise ConflictError(
            "Somebody has changed this draft since you read it. Read it again, then decide.",
            code="changed_meanwhile",
        )
    done = _leave(ctx, row)
    _decide(ctx, row, Outcome.SENT)
    return done


def withdraw(ctx: Ctx, public_id: str, *, remark: str = "") -> PendingText:
    """Take it back, or, for somebody else's, refuse it: `remark` tells its author why.

    Nobody has seen it then. Raises NotFoundError, ForbiddenError, InvalidError, ConflictError
    (`already_decided`: it has left).
    """
    ctx.require(Action.EDIT)
    row = _undecided(ctx, public_id)
    if _is_own(ctx, row):
        _decide(ctx, row, Outcome.WITHDRAWN)
        return _held(row)
    if remark.strip():
        row.remark = check_text(remark, field="remark", limit=_LONGEST_REMARK)
    _decide(ctx, row, Outcome.REFUSED)
    return _held(row)


def dismiss(ctx: Ctx, public_id: str) -> PendingText:
    """Note that its author has read that it was refused. The text stays where it is.

    Raises NotFoundError, ForbiddenError (`not_yours`), ConflictError (`not_refused`).
    """
    ctx.require(Action.EDIT)
    row = _required(ctx, public_id)
    if not _is_own(ctx, row):
        raise ForbiddenError("Somebody else wrote this.", code="not_yours")
    if row.outcome != Outcome.REFUSED.value:
        raise ConflictError("Nobody has refused this.", code="not_refused")
    if row.dismissed_at is None:
        row.dismissed_at = ctx.now
        audit.record(ctx, "held.dismiss", "held", row.public_id)
    return _held(row)


def is_due(ctx: Ctx) -> bool:
    """Whether anything has waited for long enough."""
    return bool(pending.due(ctx.session, ctx.now))


def send_due(ctx: Ctx) -> None:
    """Let everything leave whose moment to undo is over; what cannot says so to staff."""
    for row in pending.due(ctx.session, ctx.now):
        try:
            with ctx.session.begin_nested():
                _leave(ctx, row)
        except FyrError as error:
            row.failure = error.message
            _decide(ctx, row, Outcome.FAILED)
        else:
            _decide(ctx, row, Outcome.SENT)


def _hold(ctx: Ctx, write: Write, reason: Reason, due_at: datetime | None) -> PendingText:
    write = commands.pinned(ctx, write)
    rehearse(ctx, write)
    row = PendingTextRow(
        public_id=new_id(),
        verb=commands.verb_of(write),
        incident=commands.incident_of(write),
        maintenance=commands.maintenance_of(write),
        content=commands.to_json(write),
        actor_kind=ctx.actor.kind.value,
        actor_name=ctx.actor.name,
        actor_role=None if ctx.actor.role is None else ctx.actor.role.value,
        reason=reason.value,
        held_at=ctx.now,
        due_at=due_at,
    )
    ctx.session.add(row)
    ctx.session.flush()
    audit.record(ctx, "held.add", "held", row.public_id, after={"verb": row.verb, **_about(row)})
    return _held(row)


def rehearse(ctx: Ctx, write: Write) -> Done:
    """What it will be about once this has left; nothing of it is kept. Raises as doing it."""
    tried = Ctx(ctx.session, ctx.actor, ctx.now, approved=True)
    savepoint = ctx.session.begin_nested()
    try:
        return commands.do(tried, write)
    finally:
        savepoint.rollback()
        ctx.session.expire_all()


def _leave(ctx: Ctx, row: PendingTextRow) -> Done:
    role = None if row.actor_role is None else Role(row.actor_role)
    author = Actor(ActorKind(row.actor_kind), row.actor_name, role)
    own = Ctx(ctx.session, author, ctx.now, approved=True)
    done = commands.do(own, _write(row))
    if isinstance(done, StaffIncident):
        row.incident = done.incident.id
    else:
        row.maintenance = done.id
    if own.visibly_changed:
        ctx.touch()
    return done


def _decide(ctx: Ctx, row: PendingTextRow, outcome: Outcome) -> None:
    row.outcome, row.decided_at, row.decided_by = outcome.value, ctx.now, ctx.actor.name
    ctx.session.flush()
    said = {} if row.remark is None else {"remark": row.remark}
    audit.record(ctx, f"held.{outcome.value}", "held", row.public_id, after={**_about(row), **said})


def _about(row: PendingTextRow) -> dict[str, str | None]:
    if row.maintenance is not None or row.verb.startswith("maintenance."):
        return {"maintenance": row.maintenance}
    return {"incident": row.incident}


def _write(row: PendingTextRow) -> Write:
    return commands.from_json(row.verb, row.incident or row.maintenance, row.content)


def _is_own(ctx: Ctx, row: PendingTextRow) -> bool:
    return (ctx.actor.kind.value, ctx.actor.name) == (row.actor_kind, row.actor_name)


def _undecided(ctx: Ctx, public_id: str) -> PendingTextRow:
    row = _required(ctx, public_id)
    if row.outcome not in {None, Outcome.FAILED.value}:
        raise ConflictError("This has been decided already.", code="already_decided")
    return row


def _required(ctx: Ctx, public_id: str) -> PendingTextRow:
    return required(
        pending.find_held(ctx.session, public_id) if is_public_id(public_id) else None,
        "There is no such text waiting.",
        code="held_not_found",
    )


def _held(row: PendingTextRow) -> PendingText:
    return PendingText(
        id=row.public_id,
        write=_write(row),
        author=row.actor_name,
        reason=Reason(row.reason),
        held_at=row.held_at,
        due_at=row.due_at,
        outcome=None if row.outcome is None else Outcome(row.outcome),
        failure=row.failure,
        incident=row.incident,
        maintenance=row.maintenance,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        remark=row.remark,
        dismissed_at=row.dismissed_at,
    )
