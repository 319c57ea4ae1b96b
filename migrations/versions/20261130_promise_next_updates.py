"""Store the promised time of the next update with each update of an incident.

Additive first: the previous release must be able to run on this schema. Imports nothing of the app.
"""

import sqlalchemy as sa
from alembic import op

revision = "1033585b583b"
down_revision = "5b0d7c2e91fa"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("incident_update", schema=None) as batch_op:
        batch_op.add_column(sa.Column("next_update_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    # A batch would rebuild the table, to which others refer.
    op.drop_column("incident_update", "next_update_at")
