"""search titles of incidents and maintenances

Additive first: the previous release must be able to run on this schema. Imports nothing of the app.
"""

import sqlalchemy as sa
from alembic import op

revision = "4f082ce1199f"
down_revision = "2c106ca8a571"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("incident", sa.Column("title_search", sa.Text(), nullable=True))
    op.add_column("maintenance", sa.Column("title_search", sa.Text(), nullable=True))


def downgrade() -> None:
    # Other tables point at these: SQLite must not make them anew.
    with op.batch_alter_table("maintenance", recreate="never") as batch_op:
        batch_op.drop_column("title_search")
    with op.batch_alter_table("incident", recreate="never") as batch_op:
        batch_op.drop_column("title_search")
