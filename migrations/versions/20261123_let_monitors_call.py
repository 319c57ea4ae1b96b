"""Let monitors call: their sources, deliveries and routes, and what alerts of theirs need.

Additive first: the previous release must be able to run on this schema. Imports nothing of the app.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0d9d448184f2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "source",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("former_token_hash", sa.Text(), nullable=True),
        sa.Column("auth", sa.Text(), nullable=False),
        sa.Column("auth_options", sa.JSON(), nullable=False),
        sa.Column("secrets", sa.JSON(), nullable=False),
        sa.Column("former_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("publish", sa.Text(), nullable=False),
        sa.Column("stale_after_seconds", sa.Integer(), nullable=True),
        sa.Column("rate_limit", sa.Integer(), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("last_event_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("understood_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        sa.UniqueConstraint("former_token_hash", name=op.f("uq_source_former_token_hash")),
        sa.UniqueConstraint("public_id", name=op.f("uq_source_public_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_source_token_hash")),
    )
    op.create_table(
        "hook_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("delivery_id", sa.Text(), nullable=True),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("processed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_hook_event_source_id_source")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hook_event")),
        sa.UniqueConstraint("public_id", name=op.f("uq_hook_event_public_id")),
        sa.UniqueConstraint(
            "source_id", "delivery_id", name=op.f("uq_hook_event_source_id_delivery_id")
        ),
    )
    with op.batch_alter_table("hook_event", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_hook_event_received_at"), ["received_at"], unique=False
        )
        batch_op.create_index("ix_hook_event_source_id_id", ["source_id", "id"], unique=False)
        batch_op.create_index(
            "ix_hook_event_waiting",
            ["source_id", "id"],
            unique=False,
            sqlite_where=sa.text("processed_at IS NULL"),
            postgresql_where=sa.text("processed_at IS NULL"),
        )

    op.create_table(
        "route",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=True),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("matchers", sa.JSON(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("services", sa.JSON(), nullable=False),
        sa.Column("service_label", sa.Text(), nullable=True),
        sa.Column("statuses", sa.JSON(), nullable=False),
        sa.Column("group_by", sa.JSON(), nullable=False),
        sa.Column("group_wait_seconds", sa.Integer(), nullable=False),
        sa.Column("min_alerts", sa.Integer(), nullable=False),
        sa.Column("min_sources", sa.Integer(), nullable=False),
        sa.Column("resolve_after_seconds", sa.Integer(), nullable=False),
        sa.Column("reopen_within_seconds", sa.Integer(), nullable=False),
        sa.Column("publish", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_route_source_id_source")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_route")),
        sa.UniqueConstraint("public_id", name=op.f("uq_route_public_id")),
    )
    with op.batch_alter_table("route", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_route_source_id"), ["source_id"], unique=False)

    op.create_table(
        "service_alias",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_service_alias_service_id_service")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_alias")),
        sa.UniqueConstraint("alias", name=op.f("uq_service_alias_alias")),
    )
    with op.batch_alter_table("service_alias", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_service_alias_service_id"), ["service_id"], unique=False
        )

    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kin", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("source_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("event_id", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("action", sa.Text(), server_default="incident", nullable=False)
        )
        batch_op.add_column(
            sa.Column("severity", sa.Text(), server_default="unknown", nullable=False)
        )
        batch_op.add_column(sa.Column("title", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("description", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("labels", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column("source_url", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("said_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("reopen_within_seconds", sa.Integer(), server_default="1800", nullable=False)
        )
        batch_op.add_column(
            sa.Column("min_alerts", sa.Integer(), server_default="1", nullable=False)
        )
        batch_op.add_column(
            sa.Column("min_sources", sa.Integer(), server_default="1", nullable=False)
        )
        batch_op.add_column(sa.Column("stale_after_seconds", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("stale_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("spoken_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("silenced_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index("ix_alert_source_dedup_key", ["source", "dedup_key"], unique=False)
        batch_op.create_index(
            "ix_alert_spoken",
            ["spoken_at"],
            unique=False,
            sqlite_where=sa.text("spoken_at IS NOT NULL"),
            postgresql_where=sa.text("spoken_at IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_alert_source_id"), ["source_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_alert_source_id_source"), "source", ["source_id"], ["id"]
        )
    # Alerts of probes count one by one.
    op.execute("UPDATE alert SET kin = dedup_key")


def downgrade() -> None:
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_alert_source_id_source"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_alert_source_id"))
        batch_op.drop_index(
            "ix_alert_spoken",
            sqlite_where=sa.text("spoken_at IS NOT NULL"),
            postgresql_where=sa.text("spoken_at IS NOT NULL"),
        )
        batch_op.drop_index("ix_alert_source_dedup_key")
        batch_op.drop_column("silenced_at")
        batch_op.drop_column("spoken_at")
        batch_op.drop_column("expires_at")
        batch_op.drop_column("stale_at")
        batch_op.drop_column("stale_after_seconds")
        batch_op.drop_column("min_sources")
        batch_op.drop_column("min_alerts")
        batch_op.drop_column("reopen_within_seconds")
        batch_op.drop_column("said_at")
        batch_op.drop_column("source_url")
        batch_op.drop_column("labels")
        batch_op.drop_column("description")
        batch_op.drop_column("title")
        batch_op.drop_column("severity")
        batch_op.drop_column("action")
        batch_op.drop_column("event_id")
        batch_op.drop_column("source_id")
        batch_op.drop_column("kin")

    with op.batch_alter_table("service_alias", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_service_alias_service_id"))

    op.drop_table("service_alias")
    with op.batch_alter_table("route", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_route_source_id"))

    op.drop_table("route")
    with op.batch_alter_table("hook_event", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_hook_event_waiting",
            sqlite_where=sa.text("processed_at IS NULL"),
            postgresql_where=sa.text("processed_at IS NULL"),
        )
        batch_op.drop_index("ix_hook_event_source_id_id")
        batch_op.drop_index(batch_op.f("ix_hook_event_received_at"))

    op.drop_table("hook_event")
    op.drop_table("source")
