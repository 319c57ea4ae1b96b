"""correct times and remove updates

Additive first: the previous release must be able to run on this schema. Imports nothing of the app.
"""

import sqlalchemy as sa
from alembic import op

revision = "a151e93eef67"
down_revision = "d988b9857698"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.add_column(sa.Column("stated_start_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("incident_update", schema=None) as batch_op:
        batch_op.add_column(sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))

    # A start before the first update was stated by somebody.
    op.execute(
        "UPDATE incident SET stated_start_at = started_at WHERE started_at < ("
        "SELECT MIN(posted_at) FROM incident_update WHERE incident_id = incident.id)"
    )


def downgrade() -> None:
    # A batch would rebuild the tables, to which others refer.
    op.drop_column("incident_update", "removed_at")
    op.drop_column("incident", "edited_at")
    op.drop_column("incident", "stated_start_at")
