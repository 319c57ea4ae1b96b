"""keep the times that monitors state

Additive first: the previous release must be able to run on this schema. Imports nothing of the app.
"""

import sqlalchemy as sa
from alembic import op

revision = "3e4632c05ff8"
down_revision = "0fdefd724a02"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("source_started_at", sa.DateTime(timezone=True), nullable=True)
        )
        batch_op.add_column(sa.Column("source_ended_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("last_received_at", sa.DateTime(timezone=True), nullable=True)
        )

    with op.batch_alter_table("hook_event", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("first_received_at", sa.DateTime(timezone=True), nullable=True)
        )


def downgrade() -> None:
    with op.batch_alter_table("hook_event", schema=None) as batch_op:
        batch_op.drop_column("first_received_at")

    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.drop_column("last_received_at")
        batch_op.drop_column("source_ended_at")
        batch_op.drop_column("source_started_at")
