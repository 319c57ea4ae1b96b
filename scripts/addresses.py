"""No committed file names a package registry: the index is configured on each machine.

An address in the repository would override the configuration of pip and uv, such as a mirror, and
would break when the mirror moves.
"""

import re
from pathlib import Path

from scripts.files import project_files, text_of

__all__ = ["problems"]

_ADDRESS = re.compile(
    # the host name of a registry
    r"(?:https?:)?//[^/\s\"'<>)]*\b(?:pypi|pythonhosted|npmjs|registry|rubygems|unpkg|jsdelivr)\b"
    # an option or a setting with the address of an index
    r"|--(?:extra-)?index-url[ =]|--(?:default-)?index[ =]\S*//|--find-links[ =]"
    r"|^\s*(?:index-url|extra-index-url|find-links|default-index)\s*="
    r"|^\[+tool\.uv\.(?:index|sources)|^\s*registry\s*=\s*[\"']",
    re.MULTILINE,
)
_LOCKS_WITH_ADDRESSES = {"uv.lock", "poetry.lock", "pdm.lock", "package-lock.json", "yarn.lock"}
# These two contain the patterns themselves.
_EXEMPT = {"scripts/addresses.py", "tests/scripts/test_addresses.py"}


def problems(root: Path) -> list[str]:
    found = []
    for file in project_files(root):
        name = file.relative_to(root).as_posix()
        if file.name in _LOCKS_WITH_ADDRESSES:
            found.append(f"{name}: this kind of lock names a registry; use requirements/*.txt")
        elif name not in _EXEMPT and (text := text_of(file)) is not None:
            found += [f"{name}:{line}: names a package registry" for line in _lines(text)]
    return found


def _lines(text: str) -> list[int]:
    return [text.count("\n", 0, match.end()) + 1 for match in _ADDRESS.finditer(text)]
