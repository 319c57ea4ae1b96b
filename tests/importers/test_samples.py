"""Each sample gives its expected result, however often it is imported."""

import operator
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.ports.importer import ImportItem, ItemKind, ReadOptions
from app.usecases.context import SHELL
from app.usecases.imports.report import ImportReport, ItemOutcome
from app.usecases.imports.state import WriteOptions
from app.usecases.incidents.lifecycle import delete_incident
from tests.cast import ADA, Backend, open_backend
from tests.databases import PostgresDatabases
from tests.importers.copies import empty_copy, export_of, import_lines
from tests.importers.samples import Sample, check, import_sample, read_sample, row_counts, stored
from tests.importers.servers import (
    betterstack_api,
    cachet_api,
    healthchecks_api,
    hund_api,
    instatus_api,
    kuma_page,
    statuspage_manage,
    statuspage_public,
    upptime_on_github,
)

_NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)

SAMPLES = [
    Sample("fyr", "fyr", "document.json"),
    Sample("fyr", "fyr", "document.jsonl"),
    Sample("cstate-jenkins", "cstate", "site"),
    Sample("cstate-example", "cstate", "site", options=ReadOptions(_NOW, skip_broken=True)),
    Sample("statuskit", "cstate", "site"),
    Sample("cachet2", "cachet", "database.sqlite"),
    Sample("cachet3", "cachet", "database.sqlite"),
    Sample(
        "cachet2",
        "cachet",
        expected="expected-api.json",
        serve=cachet_api,
        token="test-token-not-secret",
        options=ReadOptions(_NOW, time_zone="Europe/London"),
    ),
    Sample(
        "uptime-kuma",
        "uptime-kuma",
        "kuma.db",
        options=ReadOptions(_NOW, page="default", targets=True),
    ),
    Sample(
        "uptime-kuma",
        "uptime-kuma",
        expected="status-page-json/expected.json",
        serve=kuma_page,
    ),
    Sample("upptime", "upptime", "repo", options=ReadOptions(_NOW, targets=True)),
    Sample(
        "upptime",
        "upptime",
        serve=upptime_on_github,
        token="test-token-not-secret",
        options=ReadOptions(_NOW, targets=True),
    ),
    Sample("blackbox", "blackbox", options=ReadOptions(_NOW, targets=True)),
    Sample("kener", "kener", "kener.sqlite.db", options=ReadOptions(_NOW, targets=True)),
    Sample("gatus", "gatus", "config.yaml", options=ReadOptions(_NOW, targets=True)),
    Sample("betterstack", "betterstack", serve=betterstack_api, token="test-token-not-secret"),
    Sample(
        "healthchecks",
        "healthchecks",
        serve=healthchecks_api,
        token="test-token-not-secret",
        options=ReadOptions(_NOW, history=True),
    ),
    Sample(
        "hund",
        "hund",
        serve=hund_api,
        token="test-token-not-secret",
        options=ReadOptions(_NOW, languages=("en", "sv")),
    ),
    Sample("instatus", "instatus", serve=instatus_api, token="test-token-not-secret"),
    Sample("statuspage-public", "statuspage", serve=statuspage_public),
    Sample(
        "statuspage-manage",
        "statuspage",
        serve=statuspage_manage,
        token="test-token-not-secret",
        options=ReadOptions(_NOW, page="nordlys0page"),
    ),
]


# Rows of each kind that an import writes: these two run on PostgreSQL too. What the reader of a
# product yields does not depend on the database.
_ON_POSTGRES = ("fyr", "kener")
# They have services that visitors do not see.
_HIDING = ("cachet2", "cachet3", "gatus", "kener", "statuspage-manage", "uptime-kuma")


@pytest.fixture
def backend(sqlite_url: str) -> Iterator[Backend]:
    with open_backend(sqlite_url) as opened:
        yield opened


@pytest.fixture
def postgres_backend(postgres: PostgresDatabases) -> Iterator[Backend]:
    with postgres.migrated() as url, open_backend(url) as opened:
        yield opened


def outcomes(report: ImportReport) -> dict[ItemOutcome, int]:
    return {outcome: number for outcome, number in report.outcomes.items() if number}


def without_first_line(report: ImportReport) -> object:
    return {**report.as_json(), "written": None}


def label(sample: Sample) -> str:
    return f"{sample.name}-{Path(sample.source).name or sample.expected}"


@pytest.mark.parametrize("sample", SAMPLES, ids=label)
def test_a_sample_gives_its_expected_result_however_often_it_is_imported(
    backend: Backend, sample: Sample, tmp_path: Path
) -> None:
    assert_imported_often(backend, sample, tmp_path)


@pytest.mark.parametrize("name", _ON_POSTGRES)
def test_rows_of_each_kind_are_imported_often_into_postgresql(
    postgres_backend: Backend, name: str, tmp_path: Path
) -> None:
    assert_imported_often(
        postgres_backend, next(each for each in SAMPLES if each.name == name), tmp_path
    )


def test_the_samples_for_postgresql_have_every_kind_that_any_sample_has() -> None:
    def kinds(samples: Iterable[Sample]) -> set[str]:
        return {kind for each in samples for kind, rows in each.result().items() if rows}

    ours = kinds(each for each in SAMPLES if each.name in _ON_POSTGRES)
    rows = {"groups", "services", "incidents", "maintenances", "subscribers", "uptime", "targets"}
    assert ours & rows == kinds(SAMPLES) & rows == rows


def assert_imported_often(backend: Backend, sample: Sample, tmp_path: Path) -> None:
    """Import a sample for trial, twice, and again after an incident was deleted."""

    def take(options: WriteOptions | None = None) -> ImportReport:
        return import_sample(backend, sample, source, tmp_path, options=options)

    def counts() -> dict[str, int]:
        with backend.reading(SHELL) as ctx:
            return row_counts(ctx.session)

    with sample.serving() as source:
        before = counts()
        planned = take(WriteOptions(is_trial=True))
        assert counts() == before

        report = take()
        assert without_first_line(report) == without_first_line(planned)
        with backend.reading(SHELL) as ctx:
            check(sample, ctx, report)
        after = counts()
        assert after["audit_entry"] == before["audit_entry"] + 1

        again = take()
        assert set(outcomes(again)) <= {ItemOutcome.UNCHANGED}
        assert counts() == after

        lines = export_of(backend)
        with empty_copy(backend, tmp_path / "copy") as copy:
            import_lines(lines, copy, tmp_path)
            assert export_of(copy) == lines
        assert counts() == after

        with backend.writing(ADA) as ctx:
            incidents = stored(ctx, sample.kind)["incidents"]
            if not incidents:
                return
            ref = min(incidents)
            delete_incident(ctx, incidents[ref]["id"])
        assert outcomes(take())[ItemOutcome.DELETED] == 1
        with backend.reading(SHELL) as ctx:
            assert ref not in stored(ctx, sample.kind)["incidents"]
        take(WriteOptions(restore_deleted=True))
        with backend.reading(SHELL) as ctx:
            restored = stored(ctx, sample.kind)["incidents"][ref]
        assert restored == incidents[ref]
    assert not (tmp_path / "import").exists()


@pytest.mark.parametrize(
    "sample",
    [each for each in SAMPLES if "targets" in each.result()],
    ids=label,
)
def test_a_sample_gives_the_expected_addresses_to_probe(sample: Sample) -> None:
    expected = sample.result()
    slugs = {each["ref"]: each["slug"] for each in expected["services"]}
    with sample.serving() as source:
        found = read_sample(sample, source)
    targets = [
        {
            **{name: each.content.get(name) for name in ("ref", "host", "port", "starttls")},
            "services": [slugs[ref] for ref in each.content["services"]],
        }
        for each in found
        if isinstance(each, ImportItem) and each.kind is ItemKind.TARGET
    ]
    key = operator.itemgetter("ref")
    assert sorted(targets, key=key) == sorted(expected["targets"], key=key)


def hidden_services(sample: Sample, *, with_hidden: bool) -> dict[str, bool]:
    """The services that the reader yields, and whether each is marked as hidden."""
    options = sample.options or ReadOptions(_NOW)
    with sample.serving() as source:
        chosen = replace(sample, options=replace(options, with_hidden=with_hidden))
        found = read_sample(chosen, source)
    return {
        str(each.content["ref"]): each.content.get("hidden", False)
        for each in found
        if isinstance(each, ImportItem) and each.kind is ItemKind.SERVICE
    }


@pytest.mark.parametrize(
    "sample", [each for each in SAMPLES if each.name in _HIDING and not each.serve], ids=label
)
def test_a_service_that_the_source_hides_is_marked_when_it_is_imported_too(sample: Sample) -> None:
    shown = hidden_services(sample, with_hidden=False)
    found = hidden_services(sample, with_hidden=True)
    hidden = {ref for ref, is_hidden in found.items() if is_hidden}
    assert hidden
    assert hidden == found.keys() - shown.keys()


def test_the_report_counts_changed_settings_of_the_page_and_has_their_texts_before_and_after(
    sqlite_url: str, tmp_path: Path
) -> None:
    (sample,) = (each for each in SAMPLES if each.name == "instatus")
    with open_backend(sqlite_url) as backend, sample.serving() as source:
        report = import_sample(backend, sample, source, tmp_path)
    (change,) = (each for each in report.changes if each.kind is ItemKind.PAGE)
    name = next(each for each in change.fields if each.name == "name")
    assert name.after == "Fjord Hosting"
    assert report.outcomes[ItemOutcome.CHANGED] == 1
