"""Publish English alone in a new installation.

Staff choose the languages of the page at the first start. An installation that is in use, which has
a user or a service, keeps its languages. Imports nothing of the app.
"""

import sqlalchemy as sa
from alembic import op

revision = "7c5594ba4e26"
down_revision = "f58d3a84c27a"
branch_labels = None
depends_on = None

_PAGE = sa.table("page", sa.column("languages", sa.JSON()))
# The languages that the first migration publishes.
_FIRST = ["en", "sv", "ar"]


def upgrade() -> None:
    _replace(_FIRST, ["en"])


def downgrade() -> None:
    _replace(["en"], _FIRST)


def _replace(former: list[str], languages: list[str]) -> None:
    """Publish `languages` on a page that nobody has set up, if it is published in `former`."""
    connection = op.get_bind()
    for name in ("user_account", "service"):
        rows = sa.select(sa.literal(1)).select_from(sa.table(name)).limit(1)
        if connection.execute(rows).first() is not None:
            return
    if connection.execute(sa.select(_PAGE.c.languages)).scalar() == former:
        connection.execute(sa.update(_PAGE).values(languages=languages))
