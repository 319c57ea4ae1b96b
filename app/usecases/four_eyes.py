"""Four-eyes rule: a public text of an editor needs the approval of a second person.

A person and the API tokens that the person owns are one person.

Every use case that publishes a text calls `check_second_person`.
"""

from app.db.queries.page import page
from app.domain.errors import ForbiddenError
from app.domain.ownership import ActorKind
from app.domain.permissions import Role
from app.domain.publication import needs_second_person
from app.usecases.context import Actor, Ctx

__all__ = ["binds", "check_approver", "check_second_person", "is_same_person", "may_approve"]


def binds(ctx: Ctx) -> bool:
    """Whether public texts of the actor need the approval of a second person."""
    four_eyes = page.read_page(ctx.session).four_eyes
    return needs_second_person(ctx.actor.kind, ctx.actor.role, four_eyes=four_eyes)


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
