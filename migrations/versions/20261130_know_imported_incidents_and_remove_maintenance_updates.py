"""know imported incidents and remove maintenance updates

Additive first: the previous release must be able to run on this schema. Imports nothing of the app.
"""

import sqlalchemy as sa
from alembic import op

revision = "8c2ae93d175c"
down_revision = "a151e93eef67"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.add_column(sa.Column("import_key", sa.Text(), nullable=True))
        batch_op.create_index(batch_op.f("ix_incident_import_key"), ["import_key"], unique=False)

    with op.batch_alter_table("maintenance_update", schema=None) as batch_op:
        batch_op.add_column(sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    # A batch would rebuild the tables, to which others refer.
    op.drop_column("maintenance_update", "removed_at")
    op.drop_index("ix_incident_import_key", table_name="incident")
    op.drop_column("incident", "import_key")
