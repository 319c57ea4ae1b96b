"""The software bill of materials has every locked package with its hashes."""

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

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


@pytest.fixture(scope="module")
def cyclonedx() -> jsonschema_rs.Validator:
    """The published schema of CycloneDX 1.6, without a network."""
    folder = files("cyclonedx.schema") / "_res"

    def schema(name: str) -> Any:  # noqa: ANN401  # JSON
        return json.loads((folder / f"{name}.SNAPSHOT.schema.json").read_text("utf-8"))

    referenced = [
        (f"http://cyclonedx.org/schema/{name}.SNAPSHOT.schema.json", schema(name))
        for name in ("spdx", "jsf-0.82")
    ]
    return jsonschema_rs.validator_for(
        schema("bom-1.6"), registry=jsonschema_rs.Registry(referenced), validate_formats=True
    )


def test_the_document_is_valid_by_the_published_schema(cyclonedx: jsonschema_rs.Validator) -> None:
    document = json.loads(json.dumps(sbom(ROOT)))
    assert [str(error) for error in cyclonedx.iter_errors(document)] == []


@pytest.mark.parametrize(
    ("field", "value"), [("serialNumber", "urn:uuid:1"), ("version", 0), ("components", [{}])]
)
def test_the_schema_refuses_what_is_no_such_document(
    cyclonedx: jsonschema_rs.Validator, field: str, value: object
) -> None:
    assert not cyclonedx.is_valid({**json.loads(json.dumps(sbom(ROOT))), field: value})


def test_equal_lock_files_give_equal_documents() -> None:
    assert sbom(ROOT) == sbom(ROOT)
