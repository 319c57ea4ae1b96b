"""Add imported histories: refs of things of a source, former paths, and intervals.

Additive first: the previous release must be able to run on this schema. Imports nothing of the app.
"""

import sqlalchemy as sa
from alembic import op

revision = "f58d3a84c27a"
down_revision = "a72370ddaeb3"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "former_path",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_path")),
        sa.UniqueConstraint("path", name=op.f("uq_former_path_path")),
    )
    op.create_table(
        "import_ref",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("parts", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("last_entry", sa.Integer(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_ref")),
        sa.UniqueConstraint(
            "source",
            "instance",
            "subject",
            "ref",
            name=op.f("uq_import_ref_source_instance_subject_ref"),
        ),
    )
    with op.batch_alter_table("import_ref", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_import_ref_subject_id"), ["subject_id"], unique=False)

    op.create_table(
        "imported_interval",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("import_ref_id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_ref_id"],
            ["import_ref.id"],
            name=op.f("fk_imported_interval_import_ref_id_import_ref"),
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_imported_interval_service_id_service")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imported_interval")),
    )
    with op.batch_alter_table("imported_interval", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_imported_interval_ended_at"), ["ended_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_imported_interval_import_ref_id"), ["import_ref_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_imported_interval_service_id"), ["service_id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("imported_interval", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_imported_interval_service_id"))
        batch_op.drop_index(batch_op.f("ix_imported_interval_import_ref_id"))
        batch_op.drop_index(batch_op.f("ix_imported_interval_ended_at"))

    op.drop_table("imported_interval")
    with op.batch_alter_table("import_ref", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_import_ref_subject_id"))

    op.drop_table("import_ref")
    op.drop_table("former_path")
