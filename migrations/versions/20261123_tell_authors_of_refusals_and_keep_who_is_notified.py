"""Tell authors of refusals and keep who is notified.

Additive first: the previous release must be able to run on this schema. Imports nothing of the app.
"""

import sqlalchemy as sa
from alembic import op

revision = "0fdefd724a02"
down_revision = "2877333c4475"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("held", schema=None, recreate="never") as batch_op:
        batch_op.add_column(sa.Column("maintenance", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("remark", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_held_maintenance"), ["maintenance"], unique=False)

    for table in ("maintenance", "postmortem"):
        with op.batch_alter_table(table, schema=None, recreate="never") as batch_op:
            batch_op.add_column(
                sa.Column("notify", sa.Boolean(), server_default=sa.true(), nullable=False)
            )


def downgrade() -> None:
    for table in ("postmortem", "maintenance"):
        with op.batch_alter_table(table, schema=None, recreate="never") as batch_op:
            batch_op.drop_column("notify")

    with op.batch_alter_table("held", schema=None, recreate="never") as batch_op:
        batch_op.drop_index(batch_op.f("ix_held_maintenance"))
        batch_op.drop_column("dismissed_at")
        batch_op.drop_column("remark")
        batch_op.drop_column("maintenance")
