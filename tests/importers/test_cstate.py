"""cState sites: what the samples do not have."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.domain.errors import InvalidError
from app.importers.cstate import read
from app.importing.tools import SourceTools
from app.net.guard import Guard
from app.ports.importer import ImportItem, ItemKind, ReadOptions, ReportEntry

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SETTINGS = "title: Site\nparams:\n  systems:\n    - name: API\n"


def items(
    folder: Path,
    issue: str,
    settings: str = SETTINGS,
    **options: Any,  # noqa: ANN401
) -> list[ImportItem | ReportEntry]:
    (folder / "content" / "issues").mkdir(parents=True)
    (folder / "config.yml").write_text(settings)
    (folder / "content" / "issues" / "a.md").write_text(issue)
    with SourceTools(str(folder), Guard(())) as tools:
        return list(read(tools, ReadOptions(NOW, **options)))


def incident(found: list[ImportItem | ReportEntry]) -> Any:  # noqa: ANN401
    (only,) = (
        each.content
        for each in found
        if isinstance(each, ImportItem) and each.kind is ItemKind.INCIDENT
    )
    return only


def test_a_title_that_the_option_matches_is_a_maintenance(tmp_path: Path) -> None:
    issue = "---\ntitle: Planned upgrade\ndate: 2021-01-01T10:00:00Z\nresolved: true\n---\nText.\n"
    found = items(tmp_path, issue, maintenance="^planned")
    kinds = [each.kind for each in found if isinstance(each, ImportItem)]
    assert ItemKind.MAINTENANCE in kinds
    assert ItemKind.INCIDENT not in kinds


def test_the_zone_of_the_site_counts_for_times_without_one(tmp_path: Path) -> None:
    issue = "---\ntitle: Down\ndate: 2021-07-01 10:00\nresolved: false\n---\nText.\n"
    found = items(tmp_path, issue, settings=f"timeZone: Europe/Stockholm\n{SETTINGS}")
    assert incident(found)["started_at"] == "2021-07-01T08:00:00Z"
    assert "guessed.time_zone" not in {e.code for e in found if isinstance(e, ReportEntry)}


def test_a_time_that_is_none_is_refused_with_file_line_and_field(tmp_path: Path) -> None:
    issue = "---\ntitle: Down\nseverity: down\ndate: 2021-13-01\n---\nText.\n"
    with pytest.raises(InvalidError) as refused:
        items(tmp_path, issue)
    assert refused.value.message == "content/issues/a.md:4: date is '2021-13-01', no time."


def test_a_folder_without_settings_is_no_site(tmp_path: Path) -> None:
    with (
        SourceTools(str(tmp_path), Guard(())) as tools,
        pytest.raises(InvalidError, match="config"),
    ):
        list(read(tools, ReadOptions(NOW)))


@pytest.mark.parametrize(
    ("label", "status"),
    [("**Resolved:**", "resolved"), ("## Überwacht", "investigating"), ("*Behoben*", "resolved")],
)
def test_labels_are_recognised_and_taken_off(tmp_path: Path, label: str, status: str) -> None:
    issue = (
        "---\ntitle: Down\ndate: 2021-01-01T10:00:00Z\nresolved: true\n"
        "resolvedWhen: 2021-01-01T12:00:00Z\n---\n"
        f'Broken. {{{{< track "2021-01-01T10:00:00Z" >}}}}\n\n'
        f'{label} Works. {{{{< track "2021-01-01T11:00:00Z" >}}}}\n'
    )
    updates = incident(items(tmp_path, issue))["updates"]
    assert updates[1]["status"] == status
    if status == "resolved":
        assert updates[1]["body"] == "Works."
        assert updates[1]["posted_at"] == "2021-01-01T12:00:00Z"


def test_items_of_a_list_with_labels_are_updates_of_their_own(tmp_path: Path) -> None:
    issue = (
        "---\ntitle: Down\ndate: 2021-01-01T10:00:00Z\nresolved: true\n"
        "resolvedWhen: 2021-01-01T12:00:00Z\naffected: [API]\nseverity: down\n---\n"
        '- **Resolved:** Works. {{< track "2021-01-01T12:00:00Z" >}}\n'
        '- **Monitoring:** Better. {{< track "2021-01-01T11:00:00Z" >}}\n'
        '- **Investigating:** Broken. {{< track "2021-01-01T10:00:00Z" >}}\n'
    )
    found = incident(items(tmp_path, issue))
    assert [each["status"] for each in found["updates"]] == [
        "investigating",
        "monitoring",
        "resolved",
    ]
    assert found["updates"][0]["services"] == {"API": "major_outage"}
    assert not any("**" in each["body"] for each in found["updates"])


def test_an_affected_system_is_found_in_another_spelling_of_its_name(tmp_path: Path) -> None:
    issue = (
        "---\ntitle: Down\ndate: 2021-01-01T10:00:00Z\nresolved: true\n"
        'resolvedWhen: 2021-01-01T12:00:00Z\naffected: ["a\u200bpi"]\n'
        "severity: down\n---\nBroken.\n"
    )
    assert incident(items(tmp_path, issue))["updates"][0]["services"] == {"API": "major_outage"}


def test_a_site_below_a_path_has_its_former_addresses_there(tmp_path: Path) -> None:
    issue = "---\ntitle: Down\ndate: 2021-01-01T10:00:00Z\nresolved: true\n---\nText.\n"
    found = items(tmp_path, issue, settings=f"baseURL: https://x.example/status/\n{SETTINGS}")
    assert incident(found)["former_paths"] == ["/status/issues/a/"]


def test_addresses_are_those_that_hugo_makes_of_titles(tmp_path: Path) -> None:
    issue = (
        '---\ntitle: "Gateway - 50% [C++] down: part 2 "\ndate: 2021-01-01T10:00:00Z\n'
        "resolved: true\n---\nText.\n"
    )
    settings = f"permalinks:\n  issues: /:year/:title/\n{SETTINGS}"
    assert incident(items(tmp_path, issue, settings=settings))["former_paths"] == [
        "/2021/gateway-50-c++-down-part-2/"
    ]


def test_names_of_settings_and_fields_are_read_in_any_case(tmp_path: Path) -> None:
    issue = (
        "---\nTitle: Down\nDate: 2021-07-01 10:00\nresolved: true\n"
        "resolvedwhen: 2021-07-01 11:00\nAffected: [API]\nSeverity: down\n---\nText.\n"
    )
    settings = (
        "Title: Site\nbaseUrl: https://x.example/up\ntimezone: Europe/Stockholm\n"
        "Params:\n  Systems:\n    - name: API\n"
    )
    found = incident(items(tmp_path, issue, settings=settings))
    assert found["former_paths"] == ["/up/issues/a/"]
    assert [each["posted_at"] for each in found["updates"]] == [
        "2021-07-01T08:00:00Z",
        "2021-07-01T09:00:00Z",
    ]
    assert found["updates"][0]["services"] == {"API": "major_outage"}


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("<!-- note -->\n**Resolved:** Works.", "Works."),
        (
            "**Postmortem** A disk.\n\n*Update* One.\n\n*Resolved* Two.",
            "*Update* One.\n\n*Resolved* Two.",
        ),
    ],
)
def test_a_text_without_times_is_one_update_without_comments_and_postmortem(
    tmp_path: Path, text: str, body: str
) -> None:
    issue = (
        "---\ntitle: Down\ndate: 2021-01-01T10:00:00Z\nresolved: true\n"
        f"resolvedWhen: 2021-01-01T12:00:00Z\n---\n{text}\n"
    )
    assert incident(items(tmp_path, issue))["updates"][-1]["body"] == body


def test_an_open_incident_keeps_its_postmortem_as_an_update(tmp_path: Path) -> None:
    issue = (
        "---\ntitle: Down\ndate: 2026-11-22T10:00:00Z\nresolved: false\n---\n"
        "Broken.\n\n## Postmortem\n\nA disk.\n"
    )
    found = incident(items(tmp_path, issue))
    assert "postmortem" not in found
    assert "A disk." in found["updates"][0]["body"]


def test_front_matter_can_be_json_and_words_for_true_count(tmp_path: Path) -> None:
    issue = (
        '{\n "title": "Down",\n "date": "2021-01-01T10:00:00Z",\n "resolved": "yes",\n'
        ' "resolvedWhen": "2021-01-01T12:00:00Z",\n "url": "old/down.html"\n}\nText.\n'
    )
    found = incident(items(tmp_path, issue))
    assert [each["status"] for each in found["updates"]] == ["investigating", "resolved"]
    assert found["former_paths"] == ["/old/down.html"]


def test_a_heading_with_a_label_begins_an_update_without_a_blank_line(tmp_path: Path) -> None:
    issue = (
        "---\ntitle: Down\ndate: 2021-01-01T10:00:00Z\nresolved: true\n"
        "resolvedWhen: 2021-01-01T12:00:00Z\n---\n"
        "# Investigating\nBroken.\n## Details\nA disk.\n# Resolved\nWorks.\n"
        '{{< track "2021-01-01T12:00:00Z" >}}\n'
    )
    bodies = [each["body"] for each in incident(items(tmp_path, issue))["updates"]]
    assert bodies == ["Broken.\n## Details\nA disk.", "Works."]


def test_files_in_other_languages_translate_an_issue(tmp_path: Path) -> None:
    issues = tmp_path / "content" / "issues"
    issues.mkdir(parents=True)
    front = "date: 2021-01-01T10:00:00Z\nresolved: true\nresolvedWhen: 2021-01-01T11:00:00Z\n---\n"
    track = '{{< track "2021-01-01T11:00:00Z" >}}'
    (issues / "b.md").write_text(f"---\ntitle: Down\n{front}**Resolved:** Works. {track}\n")
    (issues / "b.sv.md").write_text(f"---\ntitle: Nere\n{front}**Löst:** Fungerar. {track}\n")
    settings = f"{SETTINGS}languages:\n  en: {{title: Our status}}\n  sv: {{}}\n"
    (tmp_path / "config.yml").write_text(settings)
    with SourceTools(str(tmp_path), Guard(())) as tools:
        read_items = list(read(tools, ReadOptions(NOW)))
    (page,) = (
        each.content
        for each in read_items
        if isinstance(each, ImportItem) and each.kind is ItemKind.PAGE
    )
    assert page["name"] == "Our status"
    only = incident(read_items)
    assert only["title"] == {"en": "Down", "sv": "Nere"}
    assert only["updates"][-1]["body"] == {"en": "Works.", "sv": "Fungerar."}


def test_a_system_in_the_spelling_of_the_settings_comes_before_other_spellings(
    tmp_path: Path,
) -> None:
    issue = (
        "---\ntitle: Down\ndate: 2021-01-01T10:00:00Z\nresolved: false\naffected: [API]\n"
        "severity: down\n---\nBroken.\n"
    )
    found = items(tmp_path, issue, settings=f"{SETTINGS}    - name: api\n")
    assert incident(found)["updates"][0]["services"] == {"API": "major_outage"}


@pytest.mark.parametrize("affected", ["{API: down}", "[[API]]", "true"])
def test_affected_systems_that_are_no_names_are_refused_with_file_and_line(
    tmp_path: Path, affected: str
) -> None:
    issue = f"---\ntitle: Down\ndate: 2021-01-01\naffected: {affected}\n---\nText.\n"
    with pytest.raises(InvalidError) as refused:
        items(tmp_path, issue)
    assert refused.value.message == (
        "content/issues/a.md:4: affected must be a list of names of systems."
    )


def test_an_affected_system_can_be_one_number(tmp_path: Path) -> None:
    found = items(tmp_path, "---\ntitle: Down\ndate: 2021-01-01\naffected: 404\n---\nText.\n")
    assert incident(found)["updates"][0]["services"] == {"404": "operational"}


def test_languages_with_a_folder_each_are_translations(tmp_path: Path) -> None:
    languages = "languages: {en: {contentDir: content/en}, sv: {contentDir: content/sv}}\n"
    (tmp_path / "config.yml").write_text(languages + SETTINGS)
    for code, title in {"en": "Down", "sv": "Nere"}.items():
        file = tmp_path / "content" / code / "issues" / "2021" / "a.md"
        file.parent.mkdir(parents=True)
        file.write_text(f"---\ntitle: {title}\ndate: 2021-01-01\n---\n{title}.\n")
    with SourceTools(str(tmp_path), Guard(())) as tools:
        content = incident(list(read(tools, ReadOptions(NOW))))
    assert content["ref"] == "issues/2021/a.md"
    assert content["title"] == {"en": "Down", "sv": "Nere"}


def test_a_site_of_hugo_without_systems_and_issues_is_no_cstate(tmp_path: Path) -> None:
    (tmp_path / "hugo.toml").write_text('title = "Blog"\n')
    with (
        SourceTools(str(tmp_path), Guard(())) as tools,
        pytest.raises(InvalidError, match=r"hugo\.toml has no params\.systems, and content/issues"),
    ):
        list(read(tools, ReadOptions(NOW)))
