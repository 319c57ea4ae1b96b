"""Let visitors read former texts, unless the page hides them.

Additive first: the previous release must be able to run on this schema. Imports nothing of the app.
"""

import sqlalchemy as sa
from alembic import op

revision = "2c6ed0684264"
down_revision = "1e5a8b097bc2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("page", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("former_texts_public", sa.Boolean(), server_default=sa.true(), nullable=False)
        )


def downgrade() -> None:
    op.drop_column("page", "former_texts_public")
