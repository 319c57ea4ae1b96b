from pathlib import Path

import pytest

from scripts.compatible_migrations import problems

HEAD = """import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {former!r}
compatible_from = {compatible!r}


def upgrade() -> None:
"""


def plant(root: Path, body: str, *, compatible: str | None = "aaa") -> list[str]:
    """The problems of a migration with this body, after one that states nothing."""
    versions = root / "migrations" / "versions"
    versions.mkdir(parents=True, exist_ok=True)
    first = HEAD.format(revision="aaa", former=None, compatible=None)
    (versions / "1_first.py").write_text(f'{first}    op.drop_table("anything")\n')
    second = HEAD.format(revision="bbb", former="aaa", compatible=compatible)
    upgrade, _, functions = body.partition("\n\n\n")
    lines = "".join(f"    {line}\n" for line in upgrade.splitlines())
    (versions / "2_second.py").write_text(f"{second}{lines}\n\n{functions}\n")
    return problems(root)


@pytest.mark.parametrize(
    "body",
    [
        'op.create_table("new", sa.Column("id", sa.Integer(), nullable=False))',
        'op.create_index("ix_page_a", "page", ["a"])',
        'op.add_column("page", sa.Column("a", sa.Text(), nullable=True))',
        'op.add_column("page", sa.Column("a", sa.Text()))',
        'op.add_column("page", sa.Column("a", sa.Text(), nullable=False, server_default="x"))',
        'op.add_column("page", sa.Column("a", sa.ForeignKey("user.id", ondelete="SET NULL")))',
        'op.create_table("new")\nop.create_index("ix_new_a", "new", ["a"], unique=True)',
        (
            'op.create_table("new")\nwith op.batch_alter_table("new") as batch:\n'
            '    batch.create_index("ix_new_a", ["a"], unique=True)'
        ),
        '# compatible: the column is new\nop.execute("UPDATE page SET a = 1")',
    ],
)
def test_a_compatible_migration_may_add(tmp_path: Path, body: str) -> None:
    assert plant(tmp_path, body) == []


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ('op.drop_table("page")', "drops a table"),
        ('op.rename_table("page", "pages")', "renames a table"),
        ('op.drop_column("page", "a")', "drops a column"),
        ('op.alter_column("page", "a", nullable=False)', "changes a column"),
        ('op.get_bind().execute("DELETE FROM page")', "runs a statement"),
        ('op.create_index("ix_page_a", "page", ["a"], unique=True)', "refuses rows"),
        ('op.add_column("page", sa.Column("a", sa.Text(), nullable=False))', "required column"),
        ('op.add_column("page", sa.Column("a", sa.Text(), unique=True))', "unique"),
        ('op.create_table("new", sa.Column("page", sa.ForeignKey("page.id")))', "ondelete"),
        (
            'with op.batch_alter_table("page"):\n    op.create_unique_constraint("uq", ["a"])',
            "refuses rows",
        ),
        ("_step()\n\n\ndef _step() -> None:\n    op.drop_index('ix_page_a')", "drops an index"),
        ("# compatible:\nop.drop_table('page')", "drops a table"),
    ],
)
def test_what_a_compatible_migration_takes_away_is_found(
    tmp_path: Path, body: str, says: str
) -> None:
    (problem,) = plant(tmp_path, body)
    assert problem.startswith("migrations/versions/2_second.py:")
    assert says in problem


def test_a_migration_that_is_not_marked_may_do_anything(tmp_path: Path) -> None:
    assert plant(tmp_path, 'op.drop_table("page")', compatible=None) == []


def test_a_mark_that_names_no_migration_before_is_found(tmp_path: Path) -> None:
    (problem,) = plant(tmp_path, "pass", compatible="bbb")
    assert "names no migration before this one" in problem
