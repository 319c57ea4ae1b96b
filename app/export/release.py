"""Digest of the release: equal only if every record is rendered to the bytes it was before."""

from functools import cache
from hashlib import sha256
from importlib.metadata import distributions
from pathlib import Path

from app import folder

__all__ = ["release_digest"]

_ENDINGS = frozenset({".py", ".html", ".txt", ".xml", ".svg", ".po", ".toml", ".css", ".js"})


@cache
def release_digest() -> bytes:
    """SHA-256 of program, templates, catalogues, and the versions of all installed packages."""
    found = sha256()
    for each in sorted(f"{each.name}=={each.version}" for each in distributions()):
        found.update(each.encode() + b"\n")
    for root in (Path(__file__).parents[1], folder("templates"), folder("locales")):
        for path in sorted(root.rglob("*")):
            if path.suffix in _ENDINGS:
                found.update(path.relative_to(root).as_posix().encode() + b"\n")
                found.update(path.read_bytes())
    return found.digest()
