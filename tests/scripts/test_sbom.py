"""The software bill of materials has every locked package with its hashes."""

import json
import re
from pathlib import Path

from scripts.sbom import sbom

ROOT = Path(__file__).resolve().parents[2]


def test_every_locked_package_is_a_component_with_its_hashes() -> None:
    lock = (ROOT / "requirements" / "runtime.txt").read_text(encoding="utf-8")
    document = json.loads(json.dumps(sbom(ROOT)))
    components = document["components"]
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    assert [each["purl"] for each in components] == [
        f"pkg:pypi/{name.lower().replace('_', '-').replace('.', '-')}@{version}"
        for name, version in re.findall(r"^([\w.-]+)==([^\s;\\]+)", lock, re.MULTILINE)
    ]
    hashes = [
        file["hashes"][0]["content"] for each in components for file in each["externalReferences"]
    ]
    assert hashes == re.findall(r"sha256:([0-9a-f]{64})", lock)


def test_equal_lock_files_give_equal_documents() -> None:
    assert sbom(ROOT) == sbom(ROOT)
