"""Four-eyes rule: a public text of an editor needs the approval of a second person.

Every use case that publishes a text calls `check_second_person`.
"""

from app.db.queries import page
from app.domain.errors import ForbiddenError
from app.domain.publication import needs_second_person
from app.usecases.context import Ctx

__all__ = ["binds", "check_second_person"]


def binds(ctx: Ctx) -> bool:
    """Whether public texts of the actor need the approval of a second person."""
    four_eyes = page.read_page(ctx.session).four_eyes
    return needs_second_person(ctx.actor.kind, ctx.actor.role, four_eyes=four_eyes)


def check_second_person(ctx: Ctx, *, public: bool = True) -> None:
    """Raise ForbiddenError when a `public` text needs an approval that it does not have."""
    if public and not ctx.approved and binds(ctx):
        raise ForbiddenError(
            "This page wants a second person to approve what visitors read. Ask an admin.",
            code="second_person_needed",
        )
