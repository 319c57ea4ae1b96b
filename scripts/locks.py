"""requirements/*.txt pin every dependency of pyproject.toml, with hashes."""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

__all__ = ["problems"]

_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)", re.MULTILINE)
_ADVICE = "run `make lock`"


def problems(root: Path) -> list[str]:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    run = [Requirement(text) for text in project["project"]["dependencies"]]
    groups = project["dependency-groups"]
    run += _group(groups, "build")
    found = _missing(root, "runtime.txt", run)
    found += _missing(root, "dev.txt", [*run, *_group(groups, "dev")])
    found += _missing(root, "uv.txt", _group(groups, "installer"))
    return found + _differing(root)


def _group(groups: dict[str, list[Any]], name: str) -> list[Requirement]:
    found = []
    for entry in groups[name]:
        if isinstance(entry, str):
            found.append(Requirement(entry))
        else:
            found += _group(groups, entry["include-group"])
    return found


def _missing(root: Path, lock: str, wanted: Iterable[Requirement]) -> list[str]:
    pins = _pins(root, lock)
    return [
        f"requirements/{lock}: no {requirement}; {_ADVICE}"
        for requirement in wanted
        if not requirement.specifier.contains(
            pins.get(canonicalize_name(requirement.name), "0"), prereleases=True
        )
    ] + [f"requirements/{lock}: {name} has no hash" for name in _without_hash(root, lock)]


def _differing(root: Path) -> list[str]:
    # `make test` installs dev.txt over runtime.txt, so a package has one version in all of them.
    dev = _pins(root, "dev.txt")
    return [
        f"requirements/{lock}: {name} {version}, but {dev.get(name)} in dev.txt; {_ADVICE}"
        for lock in ("runtime.txt", "uv.txt")
        for name, version in _pins(root, lock).items()
        if dev.get(name) != version
    ]


def _pins(root: Path, lock: str) -> dict[str, str]:
    text = (root / "requirements" / lock).read_text(encoding="utf-8")
    return {canonicalize_name(match["name"]): match["version"] for match in _PIN.finditer(text)}


def _without_hash(root: Path, lock: str) -> list[str]:
    text = (root / "requirements" / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    return [line.split("==")[0] for line in text.splitlines() if line and "--hash=" not in line]
