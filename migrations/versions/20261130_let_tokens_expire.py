"""let tokens expire

Additive first: the previous release must be able to run on this schema. Imports nothing of the app.
"""

import sqlalchemy as sa
from alembic import op

revision = "23d9d3bb9d35"
down_revision = "4553e7c67094"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("token", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("token", sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    # Not in a batch: SQLite would make the table anew.
    op.drop_column("token", "last_used_at")
    op.drop_column("token", "expires_at")
