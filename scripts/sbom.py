"""Software bill of materials: the packages of a lock file as CycloneDX 1.6, without a network.

A lock file has everything that is needed: names, versions, markers and the hashes of each file.
"""

import hashlib
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from packaging.utils import canonicalize_name

from app import __version__

__all__ = ["main", "sbom"]

_PACKAGE = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)(?P<marker>\s*;[^\\\n]*)?"
    r"(?P<hashes>(?:\s*\\\n\s+--hash=sha256:[0-9a-f]{64})*)",
    re.MULTILINE,
)
_HASH = re.compile(r"sha256:([0-9a-f]{64})")


def sbom(root: Path) -> dict[str, object]:
    """The document for requirements/runtime.txt. Equal lock files give equal documents."""
    lock = (root / "requirements" / "runtime.txt").read_text(encoding="utf-8")
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    version = __version__
    own = f"pkg:pypi/{project['name']}@{version}"
    components = list(_components(lock))
    serial = UUID(bytes=hashlib.sha256(lock.encode() + version.encode()).digest()[:16], version=4)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": project["name"],
                "version": version,
                "purl": own,
            }
        },
        "components": components,
        "dependencies": [{"ref": own, "dependsOn": [each["bom-ref"] for each in components]}],
    }


def _components(lock: str) -> Iterator[dict[str, object]]:
    for found in _PACKAGE.finditer(lock):
        name, version = canonicalize_name(found["name"]), found["version"]
        purl = f"pkg:pypi/{name}@{version}"
        component: dict[str, object] = {
            "type": "library",
            "bom-ref": purl,
            "name": name,
            "version": version,
            "purl": purl,
            # A component has several files, one of which is installed.
            "externalReferences": [
                {
                    "type": "distribution",
                    "url": purl,
                    "hashes": [{"alg": "SHA-256", "content": content}],
                }
                for content in _HASH.findall(found["hashes"])
            ],
        }
        if found["marker"]:
            marker = found["marker"].strip(" ;")
            component["properties"] = [{"name": "fyr:marker", "value": marker}]
        yield component


def main() -> None:
    """Write the document to stdout."""
    json.dump(sbom(Path.cwd()), sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
