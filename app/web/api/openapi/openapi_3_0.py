"""An OpenAPI 3.1 document in the words of 3.0, which more tools read, Swagger UI 4 among them.

Nothing is lost but the pattern of an object's keys, which 3.0 cannot say.
"""

from typing import Any

__all__ = ["VERSION", "in_3_0"]

VERSION = "3.0.3"

_NULL = {"type": "null"}


def in_3_0(node: Any) -> Any:  # noqa: ANN401  # any JSON
    """`node`, a part of a 3.1 document, as 3.0 says it."""
    if isinstance(node, list):
        return [in_3_0(each) for each in node]
    if not isinstance(node, dict):
        return node
    plain = {name: in_3_0(value) for name, value in node.items() if name not in _HANDLED}
    if "const" in node:
        plain["enum"] = [node["const"]]
    if isinstance(node.get("examples"), list):
        plain["example"] = node["examples"][0]
    elif "examples" in node:
        plain["examples"] = in_3_0(node["examples"])
    plain.update(_either(node.get("anyOf", [])))
    return plain


_HANDLED = {"anyOf", "const", "examples", "propertyNames"}


def _either(kinds: list[Any]) -> dict[str, Any]:
    if not kinds:
        return {}
    others = [in_3_0(kind) for kind in kinds if kind != _NULL]
    nullable = {"nullable": True} if len(others) < len(kinds) else {}
    if len(others) > 1:
        return {"anyOf": others, **nullable}
    # What stands beside a $ref is not read.
    only = {"allOf": others} if "$ref" in others[0] else others[0]
    return {**only, **nullable}
