"""The rule that an editor's public text waits for a second person. Every such verb asks it."""

from app.db.queries import page
from app.domain.errors import ForbiddenError
from app.domain.incidents.pending import needs_second_person
from app.usecases.context import Ctx

__all__ = ["binds", "check_second_person"]


def binds(ctx: Ctx) -> bool:
    """Whether what the actor says publicly waits for somebody else."""
    four_eyes = page.read_page(ctx.session).four_eyes
    return needs_second_person(ctx.actor.kind, ctx.actor.role, four_eyes=four_eyes)


def check_second_person(ctx: Ctx, *, public: bool = True) -> None:
    """Raise ForbiddenError when visitors would see this and nobody else has approved it."""
    if public and not ctx.approved and binds(ctx):
        raise ForbiddenError(
            "This page wants a second person to approve what visitors read. Ask an admin.",
            code="second_person_needed",
        )
