"""No committed file says where packages come from: that is for the machine to know.

Who installs Fyr behind a mirror sets it up in pip's and uv's own configuration; an address in the
repository would win over that, or break when the mirror moves.
"""

import re
from pathlib import Path

from scripts.files import project_files, text_of

__all__ = ["problems"]

_ADDRESS = re.compile(
    # the host of a registry, by the words such hosts are made of
    r"(?:https?:)?//[^/\s\"'<>)]*\b(?:pypi|pythonhosted|npmjs|registry|rubygems|unpkg|jsdelivr)\b"
    # an option or setting that names an index
    r"|--(?:extra-)?index-url[ =]|--(?:default-)?index[ =]\S*//|--find-links[ =]"
    r"|^\s*(?:index-url|extra-index-url|find-links|default-index)\s*="
    r"|^\[+tool\.uv\.(?:index|sources)|^\s*registry\s*=\s*[\"']",
    re.MULTILINE,
)
_LOCKS_WITH_ADDRESSES = {"uv.lock", "poetry.lock", "pdm.lock", "package-lock.json", "yarn.lock"}
# These two speak of the patterns themselves.
_ABOUT_THEM = {"scripts/addresses.py", "tests/scripts/test_addresses.py"}


def problems(root: Path) -> list[str]:
    found = []
    for file in project_files(root):
        name = file.relative_to(root).as_posix()
        if file.name in _LOCKS_WITH_ADDRESSES:
            found.append(f"{name}: this kind of lock names a registry; use requirements/*.txt")
        elif name not in _ABOUT_THEM and (text := text_of(file)) is not None:
            found += [f"{name}:{line}: names a package registry" for line in _lines(text)]
    return found


def _lines(text: str) -> list[int]:
    return [text.count("\n", 0, match.end()) + 1 for match in _ADDRESS.finditer(text)]
