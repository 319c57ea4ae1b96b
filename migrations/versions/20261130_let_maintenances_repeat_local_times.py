"""let maintenances repeat local times

Recurring maintenances of earlier releases have no local times of their own: their rules repeat
those of the first window. Additive first: the previous release must be able to run on this schema.
Imports nothing of the app.
"""

import sqlalchemy as sa
from alembic import op

revision = "d988b9857698"
down_revision = "3e4632c05ff8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("maintenance", sa.Column("local_start", sa.DateTime(), nullable=True))
    op.add_column("maintenance", sa.Column("local_end", sa.DateTime(), nullable=True))


def downgrade() -> None:
    # Not in a batch: SQLite would make the table anew, to which rows of other tables refer.
    op.drop_column("maintenance", "local_end")
    op.drop_column("maintenance", "local_start")
