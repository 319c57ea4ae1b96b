"""Whether the database takes what we write."""

from app.db import page
from app.usecases.context import Ctx

__all__ = ["check"]


def check(ctx: Ctx) -> None:
    """Raises UnavailableError through the context when the database does not answer."""
    page.read_revision(ctx.session)
