"""name the blamed certificate

Renames, which a running earlier release would not survive; there is no earlier release. Imports
nothing of the app.
"""

from alembic import op

revision = "b41d6f0a72ce"
down_revision = "118feaf9a90d"
branch_labels = None
depends_on = None

_TABLES = ("chain_evidence", "horizon")


def upgrade() -> None:
    for table in _TABLES:
        op.alter_column(table, "culprit", new_column_name="blamed_certificate")


def downgrade() -> None:
    for table in _TABLES:
        op.alter_column(table, "blamed_certificate", new_column_name="culprit")
