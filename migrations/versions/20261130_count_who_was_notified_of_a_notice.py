"""count who was notified of a notice

Additive first: the previous release must be able to run on this schema. Imports nothing of the app.
"""

import sqlalchemy as sa
from alembic import op

revision = "028fca78fbfa"
down_revision = "34be22cdb23c"
branch_labels = None
depends_on = None

_TIMES = ("done_at", "first_sent_at", "last_sent_at")
_NOT_DONE = sa.text("done_at IS NULL")


def upgrade() -> None:
    op.add_column("notice", sa.Column("sent", sa.Integer(), nullable=True))
    for name in _TIMES:
        op.add_column("notice", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_notice_not_done",
        "notice",
        ["id"],
        sqlite_where=_NOT_DONE,
        postgresql_where=_NOT_DONE,
    )


def downgrade() -> None:
    op.drop_index("ix_notice_not_done", "notice")
    # Other tables point at this one: SQLite must not make it anew.
    with op.batch_alter_table("notice", recreate="never") as batch_op:
        for name in ("sent", *_TIMES):
            batch_op.drop_column(name)
