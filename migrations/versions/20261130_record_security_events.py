"""end access with former credentials and record security events

Additive first: the previous release must be able to run on this schema. Imports nothing of the app.
"""

import sqlalchemy as sa
from alembic import op

revision = "6488b034d40a"
down_revision = "8c2ae93d175c"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "security_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_security_event_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_security_event")),
    )
    op.create_index(op.f("ix_security_event_at"), "security_event", ["at"], unique=False)
    op.create_index(op.f("ix_security_event_user_id"), "security_event", ["user_id"], unique=False)
    op.add_column("staff_session", sa.Column("method", sa.Text(), nullable=True))
    op.add_column(
        "user_account",
        sa.Column("access_version", sa.Integer(), server_default="0", nullable=False),
    )


def downgrade() -> None:
    # Not in a batch: SQLite would make the tables anew, to which rows of other tables refer.
    op.drop_column("user_account", "access_version")
    op.drop_column("staff_session", "method")
    op.drop_table("security_event")
