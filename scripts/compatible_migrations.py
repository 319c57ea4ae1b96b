"""A migration that is marked compatible only adds: the release before works on the schema after it.

`compatible_from` in a migration promises that. It may create tables, indexes that are not unique,
and columns that are nullable or have a default of the server. Whatever else it calls needs the
comment `# compatible: REASON` on the statement or the line before it, or `compatible_from = None`.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["problems"]

_MARK = "# compatible: "
# Method of Alembic's operations, or of a connection -> what it does to the release before.
_REFUSED: Mapping[str, str] = {
    "alter_column": "changes a column",
    "bulk_insert": "writes rows that the release before does not know",
    "create_check_constraint": "refuses rows that the release before writes",
    "create_exclude_constraint": "refuses rows that the release before writes",
    "create_foreign_key": "refuses rows that the release before writes",
    "create_primary_key": "refuses rows that the release before writes",
    "create_unique_constraint": "refuses rows that the release before writes",
    "drop_column": "drops a column",
    "drop_constraint": "drops a constraint",
    "drop_index": "drops an index",
    "drop_table": "drops a table",
    "execute": "runs a statement that cannot be checked",
    "rename_table": "renames a table",
}
_DELETES = ("CASCADE", "SET NULL")
_KEEPS_ROWS = "refers without ondelete to rows that the release before may delete"


@dataclass(frozen=True, slots=True)
class _Migration:
    """A migration file: its lines, and what its assignments say."""

    name: str
    lines: list[str]
    tree: ast.Module
    fields: Mapping[str, object]


def problems(root: Path) -> list[str]:
    found = [_read(file, root) for file in sorted((root / "migrations" / "versions").glob("*.py"))]
    known = {each.fields.get("revision"): each for each in found}
    marked = (each for each in found if each.fields.get("compatible_from") is not None)
    return [problem for each in marked for problem in _problems_of(each, known)]


def _read(file: Path, root: Path) -> _Migration:
    text = file.read_text(encoding="utf-8")
    tree = ast.parse(text)
    fields = {
        node.targets[0].id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    }
    return _Migration(file.relative_to(root).as_posix(), text.splitlines(), tree, fields)


def _problems_of(each: _Migration, known: Mapping[object, _Migration]) -> Iterator[str]:
    if not _is_before(each.fields["compatible_from"], each, known):
        yield f"{each.name}: compatible_from names no migration before this one"
    calls = list(_upgrade_calls(each.tree))
    created = {_text(call, 0) for call in calls if _method(call) == "create_table"}
    batches = _batch_tables(each.tree)
    for call in calls:
        # What a migration does to a table that it creates changes nothing for the release before.
        is_of_new = (batches.get(id(call)) or _text(call, 1)) in created
        reason = None if is_of_new else _reason(call)
        if reason is not None and not _is_marked(each.lines, call):
            yield (
                f"{each.name}:{call.lineno}: {reason}, in a migration that is marked compatible: "
                "split it, or set compatible_from to None"
            )


def _is_before(revision: object, each: _Migration, known: Mapping[object, _Migration]) -> bool:
    former = each.fields.get("down_revision")
    while former is not None and former != revision:
        before = known.get(former)
        former = None if before is None else before.fields.get("down_revision")
    return former is not None


def _upgrade_calls(tree: ast.Module) -> Iterator[ast.Call]:
    """The calls of `upgrade`, and of the functions of the file that it calls."""
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    pending, seen = ["upgrade"], set[str]()
    while pending:
        name = pending.pop()
        if name in seen or name not in functions:
            continue
        seen.add(name)
        for node in ast.walk(functions[name]):
            if isinstance(node, ast.Call):
                yield node
            if isinstance(node, ast.Name):
                pending.append(node.id)


def _batch_tables(tree: ast.Module) -> Mapping[int, str | None]:
    """The table of each call in a block of `batch_alter_table`, by the id of the call."""
    return {
        id(call): _text(block.items[0].context_expr, 0)
        for block in ast.walk(tree)
        if isinstance(block, ast.With)
        and _method(block.items[0].context_expr) == "batch_alter_table"
        for statement in block.body
        for call in ast.walk(statement)
        if isinstance(call, ast.Call)
    }


def _reason(call: ast.Call) -> str | None:
    """What a call does besides adding; None when it only adds."""
    method = _method(call)
    if method == "add_column":
        columns = (each for each in ast.walk(call) if _method(each) == "Column")
        return next(filter(None, map(_column_reason, columns)), None)
    if method == "create_index":
        is_unique = _keyword(call, "unique") is True
        return "refuses rows that the release before writes" if is_unique else None
    if method in {"ForeignKey", "ForeignKeyConstraint"}:
        return None if _keyword(call, "ondelete") in _DELETES else _KEEPS_ROWS
    return None if method is None else _REFUSED.get(method)


def _column_reason(column: ast.AST) -> str | None:
    if _keyword(column, "primary_key") is True or _keyword(column, "unique") is True:
        return "adds a column that has to be unique"
    if _keyword(column, "nullable") is False and not _has_default(column):
        return "adds a required column without a default of the server"
    return None


def _has_default(column: ast.AST) -> bool:
    keywords = column.keywords if isinstance(column, ast.Call) else []
    return any(each.arg == "server_default" for each in keywords)


def _method(node: ast.AST) -> str | None:
    """The name of the method or function that is called."""
    if not isinstance(node, ast.Call):
        return None
    called = node.func
    if isinstance(called, ast.Attribute):
        return called.attr
    return called.id if isinstance(called, ast.Name) else None


def _keyword(node: ast.AST, name: str) -> object:
    """The constant that a call is given by this name; None without one."""
    keywords = node.keywords if isinstance(node, ast.Call) else []
    values = (each.value for each in keywords if each.arg == name)
    return next((each.value for each in values if isinstance(each, ast.Constant)), None)


def _text(node: ast.AST, position: int) -> str | None:
    """The text that a call is given at a position; None when it is anything else."""
    given = node.args[position : position + 1] if isinstance(node, ast.Call) else []
    found = given[0].value if given and isinstance(given[0], ast.Constant) else None
    return found if isinstance(found, str) else None


def _is_marked(lines: list[str], call: ast.Call) -> bool:
    """Whether a comment gives the reason, on the lines of the call or the one before."""
    last = call.end_lineno or call.lineno
    around = lines[max(call.lineno - 2, 0) : last]
    return any(each.partition(_MARK)[2].strip() for each in around)
