"""give pages accents and links

Additive first: the previous release must be able to run on this schema. Imports nothing of the app.
"""

import sqlalchemy as sa
from alembic import op

revision = "7c1d20b94e6a"
down_revision = "40ecc52cbd4d"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("page", schema=None) as batch_op:
        batch_op.add_column(sa.Column("accent_light", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("accent_dark", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("links", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("page", schema=None, recreate="never") as batch_op:
        batch_op.drop_column("links")
        batch_op.drop_column("accent_dark")
        batch_op.drop_column("accent_light")
