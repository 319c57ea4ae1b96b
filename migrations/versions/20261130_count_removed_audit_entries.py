"""count removed audit entries

Additive first: the previous release must be able to run on this schema. Imports nothing of the app.
"""

import sqlalchemy as sa
from alembic import op

revision = "c6b5fe137de8"
down_revision = "bf16009f7bfb"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "removed_entries",
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_removed_entries")),
    )


def downgrade() -> None:
    op.drop_table("removed_entries")
