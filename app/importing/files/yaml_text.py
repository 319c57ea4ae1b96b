"""Reader for YAML of somebody else: no tags, bounded, and times stay text as they are written."""

import re
from collections.abc import Sequence
from typing import Any

import yaml

from app.importing.errors import OversizedSourceError, UnreadableSourceError
from app.importing.files.file_formats import advice_on

__all__ = ["line_of", "parse_yaml"]

_MAX_BYTES = 1_000_000
# Counted after aliases are followed: a kilobyte of aliases can stand for gigabytes.
_MAX_NODES = 50_000
_MAX_DEPTH = 100
_TIMESTAMP = "tag:yaml.org,2002:timestamp"
_MERGE = "tag:yaml.org,2002:merge"
_BOOL = "tag:yaml.org,2002:bool"
_KNOWN = {
    f"tag:yaml.org,2002:{name}"
    for name in ("str", "int", "float", "bool", "null", "map", "seq", "merge", "value")
}


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The safe loader without timestamps, and with the booleans of YAML 1.2 only.

    `2021-09-30 4:05:06` has to stay as it is written.
    """


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in {_TIMESTAMP, _BOOL}]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
# YAML 1.2, section 10.3.2, as the programs read it that wrote these files: a service is named Off.
_Loader.add_implicit_resolver(_BOOL, re.compile("^(?:true|True|TRUE|false|False|FALSE)$"), "tTfF")


class _StrictLoader(_Loader):
    """The loader with the numbers of YAML 1.2 only: `22:22` and `0443` are texts."""


_INT = "tag:yaml.org,2002:int"
_StrictLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _INT]
    for first, resolvers in _Loader.yaml_implicit_resolvers.items()
}
_StrictLoader.add_implicit_resolver(
    _INT, re.compile("^[-+]?(?:0|[1-9][0-9]*)$"), list("-+0123456789")
)
# What to write, by what libyaml says of a text that is not YAML.
_ADVICE = {
    "did not find expected '-' indicator": "Give all elements of a list the same indentation",
    "did not find expected key": "Give all fields of an object the same indentation",
    "mapping values are not allowed in this context": (
        "Put a text with a colon in quotes, or correct the indentation"
    ),
    "did not find expected ',' or ']'": "Close the bracket, or put a text with a brace in quotes",
    "did not find expected ',' or '}'": "Close the brace, or put a text with a brace in quotes",
    "found unexpected end of stream": "Close the quotes",
    "but found another document": "Give one document: delete the line ---",
}


def parse_yaml(
    text: bytes | str, name: str, *, first_line: int = 1, is_strict: bool = False
) -> Any:  # noqa: ANN401  # YAML
    """The value of a YAML text. `first_line` is the line of the file where the text begins.

    With `is_strict` a name may be in an object once, and numbers are those of YAML 1.2. Raises
    InvalidError naming the line: not YAML, a tag, too large, or too many nodes.
    """
    if len(text) > _MAX_BYTES:
        raise OversizedSourceError(name, f"{name} has more than 1 MB of YAML.")
    try:
        shown = text.decode("utf-8-sig") if isinstance(text, bytes) else text
    except UnicodeError:
        advice = advice_on(text) if isinstance(text, bytes) else ""
        raise UnreadableSourceError(name, f"{name} is not UTF-8.{advice}") from None
    try:
        _check_depth(shown, name)
        loader = (_StrictLoader if is_strict else _Loader)(shown)
    except yaml.YAMLError as error:
        raise _refused(error, name, first_line, shown) from None
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _check(node, name, first_line, is_strict=is_strict)
        return loader.construct_document(node)
    except yaml.YAMLError as error:
        raise _refused(error, name, first_line, shown) from None
    except (RecursionError, ValueError, OverflowError):
        raise UnreadableSourceError(
            name, f"{name} is nested too deeply, or holds an impossible number."
        ) from None
    finally:
        loader.dispose()


def line_of(text: str, names: Sequence[str | int]) -> int | None:
    """The line of the field to which names and numbers lead, or of the last one that is there.

    None without any. `text` is YAML.
    """
    node, line = yaml.compose(text, Loader=_Loader), None
    for name in names:
        found = None
        if isinstance(node, yaml.MappingNode):
            found = next((pair for pair in node.value if pair[0].value == str(name)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(name, int):
            found = [(each, each) for each in node.value][name : name + 1]
            found = found[0] if found else None
        if found is None:
            break
        line, node = found[0].start_mark.line + 1, found[1]
    return line


def _check_depth(text: str, name: str) -> None:
    """Raise InvalidError for deep nesting, before the recursive composer runs: it would crash."""
    depth = nodes = 0
    for event in yaml.parse(text, Loader=_Loader):
        nodes += isinstance(event, yaml.NodeEvent)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_DEPTH:
            raise UnreadableSourceError(
                name, f"{name} is nested more than {_MAX_DEPTH} levels deep."
            )
        if nodes > _MAX_NODES:
            raise OversizedSourceError(name, f"{name} has more than {_MAX_NODES} values.")


def _refused(error: yaml.YAMLError, name: str, first_line: int, text: str) -> UnreadableSourceError:
    mark = getattr(error, "problem_mark", None)
    problem = str(getattr(error, "problem", None) or "it is not YAML").partition("\n")[0]
    if mark is None:
        return UnreadableSourceError(name, f"{name} is not YAML: {problem[:100]}.")
    line, column = mark.line + first_line, mark.column + 1
    place = f"{name}: line {line}, column {column}"
    advice = _ADVICE.get(problem, "")
    lines = text.split("\n")
    if mark.line < len(lines) and lines[mark.line][mark.column : mark.column + 1] == "\t":
        advice = "Indent with spaces: there is a tab"
    shown = f"{problem[:100]}. {advice}." if advice else f"{problem[:100]}."
    return UnreadableSourceError(place, f"{place}: {shown}")


def _check(root: yaml.Node, name: str, first_line: int, *, is_strict: bool) -> None:
    """Raise InvalidError for tags, and for more nodes than _MAX_NODES once aliases are followed.

    With `is_strict` also for a name that an object has twice.
    """
    sizes: dict[int, int] = {}
    # Depth first without recursion; a node that is met again while it is open contains itself.
    open_nodes: set[int] = set()
    pending: list[tuple[yaml.Node, bool]] = [(root, False)]
    while pending:
        node, done = pending.pop()
        number = id(node)
        if done:
            open_nodes.discard(number)
            sizes[number] = 1 + sum(sizes[id(each)] for each in _children(node))
            if sizes[number] > _MAX_NODES:
                raise OversizedSourceError(
                    name, f"{name} stands for more than {_MAX_NODES} values."
                )
            continue
        if number in sizes:
            continue
        line = node.start_mark.line + first_line
        if number in open_nodes:
            raise UnreadableSourceError(
                f"{name}: line {line}", f"{name}: line {line}: a value contains itself."
            )
        if node.tag not in _KNOWN:
            tag = str(node.tag)[:60]
            raise UnreadableSourceError(
                f"{name}: line {line}", f"{name}: line {line}: the tag {tag} is not read."
            )
        if is_strict and isinstance(node, yaml.MappingNode):
            _check_names(node, name, first_line)
        open_nodes.add(number)
        pending.append((node, True))
        pending += [(each, False) for each in _children(node)]


def _check_names(node: yaml.MappingNode, name: str, first_line: int) -> None:
    seen: set[str] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.tag == _MERGE:
            continue
        if key.value in seen:
            line = key.start_mark.line + first_line
            place = f"{name}: line {line}"
            message = f"{place}: the name {key.value[:60]!r} is there twice in one object."
            raise UnreadableSourceError(place, message)
        seen.add(key.value)


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [each for pair in node.value for each in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []
