"""Add the culprit to chain evidence.

Additive first: the previous release must be able to run on this schema. Imports nothing of the app.
"""

import sqlalchemy as sa
from alembic import op

revision = "0d9d448184f2"
down_revision = "f5eb1d5f88fc"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("chain_evidence", schema=None) as batch_op:
        batch_op.add_column(sa.Column("culprit", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("chain_evidence", schema=None) as batch_op:
        batch_op.drop_column("culprit")
