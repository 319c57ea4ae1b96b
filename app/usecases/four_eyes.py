"""Four-eyes rule: a public text of an editor needs the approval of a second person.

A person and the API tokens that the person owns are one person.

Every use case that publishes a text calls `check_second_person`.
"""

from dataclasses import replace

from app.db.queries.page import page
from app.db.queries.users import users
from app.domain.errors import ForbiddenError
from app.domain.ownership import ActorKind
from app.domain.permissions import Action, Role, lower_role, may
from app.domain.publication import PendingReason, needs_second_person
from app.usecases.context import Actor, Ctx

__all__ = [
    "awaits_second_person",
    "binds",
    "check_approver",
    "check_second_person",
    "is_same_person",
    "may_approve",
]


def binds(ctx: Ctx) -> bool:
    """Whether public texts of the actor need the approval of a second person."""
    four_eyes = page.read_page(ctx.session).four_eyes
    return needs_second_person(ctx.actor.kind, ctx.actor.role, four_eyes=four_eyes)


def awaits_second_person(ctx: Ctx, reason: PendingReason, author: Actor) -> bool:
    """Whether a second person has to approve a pending text of `author` by now.

    The setting of the page and the role of the author may have changed since it was submitted.
    """
    if reason is PendingReason.SECOND_PERSON:
        return True
    role = _present_role(ctx, author)
    if role is not None and not may(role, Action.EDIT):
        return True
    return binds(Ctx(ctx.session, replace(author, role=role), ctx.now))


def _present_role(ctx: Ctx, author: Actor) -> Role | None:
    """The lower of the roles that the author had and has; that of a viewer for a disabled user."""
    if author.role is None or author.user_id is None:
        return author.role
    user = users.find_user_by_id(ctx.session, author.user_id)
    if user is None or user.disabled_at is not None:
        return Role.VIEWER
    return lower_role(author.role, Role(user.role))


def check_second_person(ctx: Ctx, *, public: bool = True) -> None:
    """Raise ForbiddenError when a `public` text needs an approval that it does not have."""
    if public and not ctx.approved and binds(ctx):
        raise ForbiddenError(
            "A second person has to approve public texts. Ask an admin.",
            code="second_person_needed",
        )


def is_same_person(actor: Actor, author: Actor) -> bool:
    """Whether one known person is behind the actor and the author."""
    if actor.user_id is not None and actor.user_id == author.user_id:
        return True
    return (actor.kind, actor.name) == (author.kind, author.name)


def check_approver(ctx: Ctx, author: Actor) -> None:
    """Raise ForbiddenError unless the actor can be the second person for a text of `author`.

    `own_text`: one person is behind the actor and the author. `token_without_owner`: the actor or
    the author is a token that nobody owns, and the actor is no admin: an admin needs no second
    person anyway.
    """
    if is_same_person(ctx.actor, author):
        raise ForbiddenError("Somebody else has to approve this.", code="own_text")
    if not may_approve(ctx.actor, author):
        raise ForbiddenError(
            (
                "A token without an owner can neither submit nor approve pending texts: its "
                "person is unknown. Ask an admin to approve this, and to create a token with "
                "an owner."
            ),
            code="token_without_owner",
        )


def may_approve(actor: Actor, author: Actor) -> bool:
    """Whether `actor` can be the second person for a text of `author`."""
    if is_same_person(actor, author):
        return False
    return actor.role is Role.ADMIN or not (_is_anonymous(actor) or _is_anonymous(author))


def _is_anonymous(actor: Actor) -> bool:
    return actor.kind is ActorKind.TOKEN and actor.user_id is None
