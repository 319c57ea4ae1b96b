"""count the bytes of inbound events

Additive first: the previous release must be able to run on this schema. Imports nothing of the app.
"""

import sqlalchemy as sa
from alembic import op

revision = "1e5a8b097bc2"
down_revision = "1033585b583b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hook_usage",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("stored_on", sa.Date(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_hook_usage_source_id_source")
        ),
        sa.PrimaryKeyConstraint("source_id", "stored_on", name=op.f("pk_hook_usage")),
    )
    with op.batch_alter_table("hook_usage", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_hook_usage_stored_on"), ["stored_on"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("hook_usage", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_hook_usage_stored_on"))

    op.drop_table("hook_usage")
