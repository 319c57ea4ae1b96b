"""Lists of targets of the blackbox exporter: wrong files, and what the sample does not have."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.domain.errors import InvalidError
from app.importers.blackbox import read
from app.ports.importer import ImportItem, ItemKind, ReadOptions, ReportEntry
from tests.importers.samples import FIXTURES
from tests.importing.test_tools import tools_for

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def read_all(source: Path, *, skip_broken: bool = False) -> list[ImportItem | ReportEntry]:
    options = ReadOptions(NOW, targets=True, skip_broken=skip_broken)
    with tools_for(str(source)) as tools:
        return list(read(tools, options))


def lists(folder: Path, *groups: Any) -> list[ImportItem | ReportEntry]:  # noqa: ANN401  # JSON
    file = folder / "targets.json"
    file.write_text(json.dumps(list(groups)))
    return read_all(file)


def contents(found: list[ImportItem | ReportEntry], kind: ItemKind) -> list[Any]:
    return [each.content for each in found if isinstance(each, ImportItem) and each.kind is kind]


def codes(found: list[ImportItem | ReportEntry]) -> list[tuple[str, str]]:
    return [(each.code, each.ref) for each in found if isinstance(each, ReportEntry)]


@pytest.mark.parametrize(
    "name", ["bomb.yml", "tag.yml", "rails.json", "twice.json", "not-utf8.json"]
)
def test_what_is_no_list_of_targets_is_refused_by_its_name(name: str) -> None:
    with pytest.raises(InvalidError, match=name):
        read_all(FIXTURES / "malformed" / name)


def test_a_folder_without_a_list_is_refused(tmp_path: Path) -> None:
    (tmp_path / "prometheus.yml").write_text("global: {}")
    with pytest.raises(InvalidError, match="no file with a list of targets"):
        read_all(tmp_path)


def test_a_file_that_cannot_be_read_refuses_the_folder_or_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('[{"targets": ["a.example"]}]')
    (tmp_path / "b.json").write_text("[{")
    with pytest.raises(InvalidError, match=r"b\.json"):
        read_all(tmp_path)
    found = read_all(tmp_path, skip_broken=True)
    assert ("skipped.broken", "b.json") in codes(found)
    assert [each["host"] for each in contents(found, ItemKind.TARGET)] == ["a.example"]


def test_one_address_of_two_services_is_one_target_of_both(tmp_path: Path) -> None:
    found = lists(
        tmp_path,
        {"targets": ["https://a.example/in"], "labels": {"service": "Sign-in"}},
        {"targets": ["a.example"], "labels": {"service": "Shop"}},
    )
    assert [each["services"] for each in contents(found, ItemKind.TARGET)] == [["Sign-in", "Shop"]]
    assert codes(found) == [("skipped.duplicate", "targets.json[1].targets[0]")]


@pytest.mark.parametrize(
    ("target", "address"),
    [
        ("imaps://mail.example", ("mail.example", 993, None)),
        ("smtp://mail.example", ("mail.example", 25, "smtp")),
        ("postgres://db.example:6432", ("db.example", 6432, "postgres")),
        ("mail.example:143", ("mail.example", 143, "imap")),
        ("BÜCHER.example", ("xn--bcher-kva.example", 443, None)),
        ("2001:db8::2", ("2001:db8::2", 443, None)),
        ("a.example/path?x=y@z", ("a.example", 443, None)),
    ],
)
def test_schemes_and_ports_tell_how_tls_begins(
    tmp_path: Path, target: str, address: tuple[str, int, str | None]
) -> None:
    (found,) = contents(lists(tmp_path, {"targets": [target]}), ItemKind.TARGET)
    assert (found["host"], found["port"], found["starttls"]) == address


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("http://a.example", "lost.target"),
        ("a.example:80", "lost.target"),
        ("${HOST}:443", "lost.target"),
        ("tcp://a.example:5", "lost.target"),
        ("a.example:99999", "skipped.broken"),
        ("", "skipped.broken"),
        (17, "skipped.broken"),
        (None, "skipped.broken"),
    ],
)
def test_what_cannot_be_probed_with_tls_is_reported(
    tmp_path: Path, target: object, code: str
) -> None:
    found = lists(tmp_path, {"targets": [target]})
    assert codes(found) == [(code, "targets.json[0].targets[0]")]
    assert contents(found, ItemKind.TARGET) == contents(found, ItemKind.SERVICE) == []


def test_a_module_that_pings_gives_no_target_but_its_service(tmp_path: Path) -> None:
    labels = {"module": "icmp", "service": "Router"}
    found = lists(tmp_path, {"targets": ["192.0.2.1"], "labels": labels}, "no object", {})
    assert [each["name"] for each in contents(found, ItemKind.SERVICE)] == ["Router"]
    assert codes(found) == [
        ("lost.target", "targets.json[0].targets[0]"),
        ("skipped.broken", "targets.json[1]"),
        ("skipped.broken", "targets.json[2]"),
    ]


def test_credentials_are_taken_out_of_an_address(tmp_path: Path) -> None:
    found = lists(
        tmp_path, {"targets": ["https://me:hunter2@a.example", "me:hunter2@b.example:8443"]}
    )
    assert "hunter2" not in str(found)
    assert [each["host"] for each in contents(found, ItemKind.TARGET)] == ["a.example", "b.example"]
    assert [code for code, _ in codes(found)] == ["lost.secret", "lost.secret"]
