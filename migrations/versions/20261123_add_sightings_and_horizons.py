"""Add sightings, chain evidence, and the ledger of horizons with its warnings.

Additive first: the previous release must be able to run on this schema. Imports nothing of the app.
"""

import sqlalchemy as sa
from alembic import op

revision = "f19d200fd0ca"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "forecast",
        sa.Column("target_id", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["target_id"], ["target.id"], name=op.f("fk_forecast_target_id_target")
        ),
        sa.PrimaryKeyConstraint("target_id", name=op.f("pk_forecast")),
    )
    with op.batch_alter_table("forecast", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_forecast_judged_at"), ["judged_at"], unique=False)

    op.create_table(
        "horizon",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=False),
        sa.Column("chain_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("culprit", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("clients", sa.JSON(), nullable=False),
        sa.Column("advice", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["chain_id"], ["chain.id"], name=op.f("fk_horizon_chain_id_chain")),
        sa.ForeignKeyConstraint(
            ["target_id"], ["target.id"], name=op.f("fk_horizon_target_id_target")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_horizon")),
    )
    with op.batch_alter_table("horizon", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_horizon_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_horizon_chain_id"), ["chain_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_horizon_target_id"), ["target_id"], unique=False)

    op.create_table(
        "horizon_warning",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=False),
        sa.Column("subject_key", sa.Text(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("clients", sa.JSON(), nullable=False),
        sa.Column("advice", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["target_id"], ["target.id"], name=op.f("fk_horizon_warning_target_id_target")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_horizon_warning")),
        sa.UniqueConstraint(
            "target_id",
            "subject_key",
            "step",
            name=op.f("uq_horizon_warning_target_id_subject_key_step"),
        ),
    )
    op.create_table(
        "sighting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("chain_id", sa.Integer(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["chain_id"], ["chain.id"], name=op.f("fk_sighting_chain_id_chain")
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["target.id"], name=op.f("fk_sighting_target_id_target")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sighting")),
        sa.UniqueConstraint(
            "target_id", "address", "chain_id", name=op.f("uq_sighting_target_id_address_chain_id")
        ),
    )
    with op.batch_alter_table("sighting", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sighting_chain_id"), ["chain_id"], unique=False)

    op.create_table(
        "chain_evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=False),
        sa.Column("chain_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("clients", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alert.id"], name=op.f("fk_chain_evidence_alert_id_alert")
        ),
        sa.ForeignKeyConstraint(
            ["chain_id"], ["chain.id"], name=op.f("fk_chain_evidence_chain_id_chain")
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["target.id"], name=op.f("fk_chain_evidence_target_id_target")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain_evidence")),
        sa.UniqueConstraint("alert_id", "phase", name=op.f("uq_chain_evidence_alert_id_phase")),
    )
    with op.batch_alter_table("chain_evidence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_chain_evidence_chain_id"), ["chain_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_chain_evidence_target_id"), ["target_id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("chain_evidence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_chain_evidence_target_id"))
        batch_op.drop_index(batch_op.f("ix_chain_evidence_chain_id"))

    op.drop_table("chain_evidence")
    with op.batch_alter_table("sighting", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sighting_chain_id"))

    op.drop_table("sighting")
    op.drop_table("horizon_warning")
    with op.batch_alter_table("horizon", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_horizon_target_id"))
        batch_op.drop_index(batch_op.f("ix_horizon_chain_id"))
        batch_op.drop_index(batch_op.f("ix_horizon_at"))

    op.drop_table("horizon")
    with op.batch_alter_table("forecast", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_forecast_judged_at"))

    op.drop_table("forecast")
