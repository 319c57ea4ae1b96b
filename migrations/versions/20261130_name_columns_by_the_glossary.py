"""name columns by the glossary

Renames, which a running earlier release would not survive; there is no earlier release. Imports
nothing of the app.
"""

from alembic import op

revision = "5b0d7c2e91fa"
down_revision = "23d9d3bb9d35"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("page", "nag_minutes", "reminder_minutes"),
    ("page", "logo_says_name", "logo_contains_name"),
    ("source", "former_until", "former_valid_until"),
    ("hook_event", "delivery_id", "idempotency_key"),
)


def upgrade() -> None:
    for table, former, name in _COLUMNS:
        op.alter_column(table, former, new_column_name=name)
    _rename_unique(
        "hook_event",
        "uq_hook_event_source_id_delivery_id",
        "uq_hook_event_source_id_idempotency_key",
        ["source_id", "idempotency_key"],
    )
    _rename_table("held", "pending_text", ("held_at", "submitted_at"))


def downgrade() -> None:
    _rename_table("pending_text", "held", ("submitted_at", "held_at"))
    for table, former, name in _COLUMNS:
        op.alter_column(table, name, new_column_name=former)
    _rename_unique(
        "hook_event",
        "uq_hook_event_source_id_idempotency_key",
        "uq_hook_event_source_id_delivery_id",
        ["source_id", "delivery_id"],
    )


def _rename_table(former: str, name: str, column: tuple[str, str]) -> None:
    for indexed in ("incident", "maintenance", "outcome"):
        op.drop_index(f"ix_{former}_{indexed}", table_name=former)
    op.rename_table(former, name)
    op.alter_column(name, column[0], new_column_name=column[1])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {name} RENAME CONSTRAINT pk_{former} TO pk_{name}")
        op.execute(f"ALTER SEQUENCE {former}_id_seq RENAME TO {name}_id_seq")
    _rename_unique(name, f"uq_{former}_public_id", f"uq_{name}_public_id", ["public_id"])
    for indexed in ("incident", "maintenance", "outcome"):
        op.create_index(f"ix_{name}_{indexed}", name, [indexed])


def _rename_unique(table: str, former: str, name: str, columns: list[str]) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {table} RENAME CONSTRAINT {former} TO {name}")
        return
    with op.batch_alter_table(table) as batch_op:
        batch_op.drop_constraint(former, type_="unique")
        batch_op.create_unique_constraint(name, columns)
