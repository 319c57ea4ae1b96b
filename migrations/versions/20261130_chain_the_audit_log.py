"""chain the audit log

Additive first: the previous release must be able to run on this schema. Imports nothing of the app.
"""

import sqlalchemy as sa
from alembic import op

revision = "093ef88023f2"
down_revision = "2c6ed0684264"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The entries that exist are chained with the next writes.
    op.add_column("audit_entry", sa.Column("position", sa.Integer(), nullable=True))
    op.add_column("audit_entry", sa.Column("former_hash", sa.Text(), nullable=True))
    op.add_column("audit_entry", sa.Column("hash", sa.Text(), nullable=True))
    op.create_index("ix_audit_entry_position", "audit_entry", ["position"], unique=True)


def downgrade() -> None:
    # Not in a batch: SQLite would make the table anew.
    op.drop_index("ix_audit_entry_position", table_name="audit_entry")
    op.drop_column("audit_entry", "hash")
    op.drop_column("audit_entry", "former_hash")
    op.drop_column("audit_entry", "position")
