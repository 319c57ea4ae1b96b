"""Reader for YAML of somebody else: no tags, bounded, and times stay text as they are written."""

import re
from typing import Any

import yaml

from app.importing.errors import OversizedSourceError, UnreadableSourceError

__all__ = ["parse_yaml"]

_MAX_BYTES = 1_000_000
# Counted after aliases are followed: a kilobyte of aliases can stand for gigabytes.
_MAX_NODES = 50_000
_MAX_DEPTH = 100
_TIMESTAMP = "tag:yaml.org,2002:timestamp"
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


def parse_yaml(text: bytes | str, name: str, *, first_line: int = 1) -> Any:  # noqa: ANN401  # YAML
    """The value of a YAML text. `first_line` is the line of the file where the text begins.

    Raises InvalidError naming the line: not YAML, a tag, too large, or too many nodes.
    """
    if len(text) > _MAX_BYTES:
        raise OversizedSourceError(name, f"{name} has more than 1 MB of YAML.")
    try:
        shown = text.decode("utf-8-sig") if isinstance(text, bytes) else text
    except UnicodeError:
        raise UnreadableSourceError(name, f"{name} is not UTF-8.") from None
    try:
        _check_depth(shown, name)
        loader = _Loader(shown)
    except yaml.YAMLError as error:
        raise _refused(error, name, first_line) from None
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _check(node, name, first_line)
        return loader.construct_document(node)
    except yaml.YAMLError as error:
        raise _refused(error, name, first_line) from None
    except (RecursionError, ValueError, OverflowError):
        raise UnreadableSourceError(
            name, f"{name} is nested too deeply, or holds an impossible number."
        ) from None
    finally:
        loader.dispose()


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


def _refused(error: yaml.YAMLError, name: str, first_line: int) -> UnreadableSourceError:
    mark = getattr(error, "problem_mark", None)
    problem = str(getattr(error, "problem", None) or "it is not YAML").partition("\n")[0]
    if mark is None:
        return UnreadableSourceError(name, f"{name} is not YAML: {problem[:100]}.")
    line, column = mark.line + first_line, mark.column + 1
    place = f"{name}: line {line}, column {column}"
    return UnreadableSourceError(place, f"{place}: {problem[:100]}.")


def _check(root: yaml.Node, name: str, first_line: int) -> None:
    """Raise InvalidError for tags, and for more nodes than _MAX_NODES once aliases are followed."""
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
        open_nodes.add(number)
        pending.append((node, True))
        pending += [(each, False) for each in _children(node)]


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [each for pair in node.value for each in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []
