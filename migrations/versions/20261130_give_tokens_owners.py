"""give tokens owners

Additive first: the previous release must be able to run on this schema. Imports nothing of the app.
"""

import sqlalchemy as sa
from alembic import op

revision = "6a2d225cb201"
down_revision = "6488b034d40a"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("held", sa.Column("actor_user", sa.Text(), nullable=True))
    # A batch may rebuild this table on SQLite: no other table refers to it.
    with op.batch_alter_table("token", schema=None) as batch_op:
        batch_op.add_column(sa.Column("owner_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_token_owner_id"), ["owner_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_token_owner_id_user_account"), "user_account", ["owner_id"], ["id"]
        )

    # The audit log knows which admin has created a token. A creator who is disabled or no admin any
    # more does not become the owner, because the token would lose its permissions.
    op.execute(
        "UPDATE token SET owner_id = (SELECT user_account.id FROM user_account"
        " JOIN audit_entry ON audit_entry.actor_name = user_account.email"
        " WHERE audit_entry.subject_id = token.public_id AND audit_entry.action = 'token.add'"
        " AND audit_entry.actor_kind = 'user' AND user_account.role = 'admin'"
        " AND user_account.disabled_at IS NULL)"
    )
    op.execute(
        "UPDATE held SET actor_user = (SELECT public_id FROM user_account"
        " WHERE user_account.email = held.actor_name) WHERE actor_kind = 'user'"
    )
    op.execute(
        "UPDATE held SET actor_user = (SELECT user_account.public_id FROM user_account"
        " JOIN token ON token.owner_id = user_account.id"
        " WHERE token.name || ' (' || token.public_id || ')' = held.actor_name)"
        " WHERE actor_kind = 'token'"
    )


def downgrade() -> None:
    with op.batch_alter_table("token", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_token_owner_id_user_account"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_token_owner_id"))
        batch_op.drop_column("owner_id")
    # A batch would rebuild the table.
    op.drop_column("held", "actor_user")
