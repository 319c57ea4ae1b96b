"""Runs the samples of importers, and reads what an import stored in the form of `expected.json`."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, func, select

from app.cli.import_report import report_lines
from app.db import tables
from app.db.base import metadata
from app.domain.notifications.subscribers.choices import Choices
from app.domain.texts.phrases import Phrased, Text
from app.importers.registry import load_importer
from app.importing.tools import SourceTools
from app.net.guard import Guard
from app.ports.importer import ImportItem, ReadOptions, ReportEntry
from app.usecases.context import SHELL, Ctx
from app.usecases.imports.imports import HistoryImport, import_history
from app.usecases.imports.report import ImportReport
from app.usecases.imports.state import WriteOptions
from app.usecases.incidents import listing
from tests.cast import Backend
from tests.fakes import fake_hashes

__all__ = [
    "FIXTURES",
    "Sample",
    "check",
    "import_sample",
    "read_sample",
    "row_counts",
    "stored",
    "text_of",
]

FIXTURES = Path(__file__).parent / "fixtures"
Serve = Callable[[Path], AbstractContextManager[str]]
TOKEN = "test-token-not-secret"


@dataclass(frozen=True)
class Sample:
    """One sample: `source` below its folder, or what `serve` gives while it lasts."""

    name: str
    kind: str
    source: str = ""
    expected: str = "expected.json"
    options: ReadOptions | None = None
    serve: Serve | None = None
    token: str | None = None

    @property
    def folder(self) -> Path:
        return FIXTURES / self.name

    def result(self) -> Any:  # noqa: ANN401  # JSON
        return json.loads((self.folder / self.expected).read_text(encoding="utf-8"))

    def serving(self) -> AbstractContextManager[str]:
        if self.serve is not None:
            return self.serve(self.folder)
        return nullcontext(str(self.folder / self.source))


def import_sample(
    backend: Backend,
    sample: Sample,
    source: str,
    folder: Path,
    *,
    options: WriteOptions | None = None,
) -> ImportReport:
    """Import a sample from `source`; its spool file is in `folder`."""
    now = datetime.fromisoformat(sample.result()["now"])
    backend.clock.now = now
    read = replace(sample.options or ReadOptions(now), now=backend.clock.now)
    tools = tools_of(sample, source)
    run = HistoryImport(
        reading=lambda: backend.reading(SHELL),
        writing=lambda: backend.writing(SHELL),
        spool=folder / "import",
        options=options or WriteOptions(),
        hashes=fake_hashes(),
        add_room=add_room,
        skip_broken=read.skip_broken,
    )
    with tools:
        return import_history(run, load_importer(sample.kind).read(tools, read))


def read_sample(sample: Sample, source: str) -> list[ImportItem | ReportEntry]:
    """What the reader of a sample yields."""
    options = sample.options or ReadOptions(datetime.fromisoformat(sample.result()["now"]))
    with tools_of(sample, source) as tools:
        return list(load_importer(sample.kind).read(tools, options))


def tools_of(sample: Sample, source: str) -> SourceTools:
    """Tools that reach loopback, without pauses."""
    clock = iter(range(10_000_000))
    return SourceTools(
        source,
        Guard((ip_network("127.0.0.0/8"),)),
        token=sample.token,
        sleep=lambda _: None,
        monotonic=lambda: float(next(clock)),
    )


def add_room(ctx: Ctx, channel: str, url: str, _choices: Choices) -> int:
    """A room without its secrets, which need a key."""
    row = tables.SubscriberRow(
        public_id="r" * 12, channel=channel, address=url, address_key=url, options={},
        secret=b"x", language="en", state="active", is_room=True, name="hooks", incidents="all",
        maintenances="all", minimum="none", whole_page=True, created_at=ctx.now, troubles=[],
    )  # fmt: skip
    ctx.session.add(row)
    ctx.session.flush()
    return row.id or 0


def row_counts(session: Session) -> dict[str, int]:
    """The number of rows of every table, and the revision."""
    found = {
        table.name: session.execute(select(func.count()).select_from(table)).scalar_one()
        for table in metadata.sorted_tables
    }
    revision = session.exec(select(tables.RevisionRow.number)).one()
    return {**found, "the revision": revision}


def text_of(value: Text | None) -> str | None:
    if value is None or isinstance(value, Phrased):
        return None
    return value.translations[value.source].text


def texts_of(value: Text) -> dict[str, str]:
    """The text in each of its languages; none of a phrase."""
    return {} if isinstance(value, Phrased) else dict(value)


def stored(ctx: Ctx, kind: str) -> dict[str, Any]:
    """What is stored, by ref."""
    session = ctx.session
    refs: dict[str, dict[int, str]] = {}
    for row in session.exec(select(tables.ImportRefRow)).all():
        if row.source == kind:
            refs.setdefault(row.subject, {})[row.subject_id] = row.ref
    services = session.exec(
        select(tables.ServiceRow).order_by(col(tables.ServiceRow.position))
    ).all()
    groups = session.exec(
        select(tables.ServiceGroupRow).order_by(col(tables.ServiceGroupRow.position))
    ).all()
    slugs = {row.id: row.slug for row in services}
    page = session.exec(select(tables.PageRow)).one()
    return {
        "page": {
            "name": text_of(page.name),
            "time_zone": page.time_zone,
            "language": page.default_language,
            "languages": page.languages,
            "id": page.public_id,
            "links": [link["url"] for link in page.links or []],
        },
        "groups": [text_of(row.name) for row in groups],
        "services": {
            refs["service"][row.id or 0]: {
                "slug": row.slug,
                "id": row.public_id,
                "name": text_of(row.name),
                "group": next((text_of(g.name) for g in groups if g.id == row.group_id), None),
                "archived": row.archived_at is not None,
                "known_since": row.known_since,
                "description": text_of(row.description),
                "translations": dict(row.name),
            }
            for row in services
            if row.id in refs.get("service", {})
        },
        "incidents": _incidents(ctx, refs.get("incident", {})),
        "maintenances": _maintenances(session, refs.get("maintenance", {}), slugs),
        "subscribers": _subscribers(session, refs.get("subscriber", {}), slugs),
        "uptime": [
            {
                "service": slugs[row.service_id],
                "status": row.status,
                "from": row.started_at,
                "to": row.ended_at,
            }
            for row in session.exec(
                select(tables.ImportedIntervalRow).order_by(
                    col(tables.ImportedIntervalRow.started_at)
                )
            ).all()
        ],
    }


def _incidents(ctx: Ctx, refs: dict[int, str]) -> dict[str, Any]:
    found = listing.list_incidents(ctx, cursor=None, limit=100).items
    rows = {row.public_id: row for row in ctx.session.exec(select(tables.IncidentRow)).all()}
    raw = {(row.public_id): row for row in ctx.session.exec(select(tables.IncidentUpdateRow)).all()}
    named = _update_services(ctx.session)
    paths = {
        row.subject_id: row.path
        for row in ctx.session.exec(select(tables.FormerPathRow)).all()
        if row.subject == "incident"
    }
    result = {}
    for staff in found:
        each, row = staff.incident, rows[staff.incident.id]
        updates = [
            {
                "id": update.id,
                "at": update.posted_at,
                "status": update.status.value,
                "services": named.get(raw[update.id].id or 0, {}),
                "text": text_of(update.body),
                "phrase": isinstance(update.body, Phrased),
                "notify": update.notify,
            }
            for update in reversed(each.updates)
        ]
        result[refs[row.id or 0]] = {
            "id": each.id,
            "title": text_of(each.title),
            "translations": texts_of(each.title),
            "status": each.status.value,
            "impact": each.impact.value,
            "impact_overridden": staff.impact_override is not None,
            "started_at": each.started_at,
            "resolved_at": each.resolved_at,
            "services": [one.slug for one in each.services],
            "updates": updates,
            "former_path": paths.get(row.id or 0),
            "postmortem": None
            if each.postmortem is None
            else {
                "published_at": each.postmortem.published_at,
                "text": text_of(each.postmortem.body),
                "translations": texts_of(each.postmortem.body),
            },
            "updated_at": row.updated_at,
        }
    return result


def _update_services(session: Session) -> dict[int, dict[str, str]]:
    slugs = {row.id: row.slug for row in session.exec(select(tables.ServiceRow)).all()}
    found: dict[int, dict[str, str]] = {}
    for row in session.exec(select(tables.UpdateServiceRow)).all():
        found.setdefault(row.update_id, {})[slugs[row.service_id]] = row.status
    return found


def _maintenances(
    session: Session, refs: dict[int, str], slugs: dict[int | None, str]
) -> dict[str, Any]:
    result = {}
    for row in session.exec(select(tables.MaintenanceRow)).all():
        named = session.exec(
            select(tables.MaintenanceServiceRow.service_id).where(
                tables.MaintenanceServiceRow.maintenance_id == row.id
            )
        ).all()
        updates = session.exec(
            select(func.count()).where(tables.MaintenanceUpdateRow.maintenance_id == row.id)
        ).one()
        cancelled = session.exec(
            select(tables.OccurrenceRow.recurs_at).where(
                tables.OccurrenceRow.maintenance_id == row.id
            )
        ).all()
        result[refs[row.id or 0]] = {
            "id": row.public_id,
            "title": text_of(row.title),
            "starts_at": row.starts_at,
            "ends_at": row.ends_at,
            "services": [slugs[each] for each in sorted(named)],
            "completed_at": row.completed_at,
            "cancelled_at": row.cancelled_at,
            "verifying_at": row.verifying_at,
            "text": text_of(row.body),
            "updates": updates,
            "rrule": row.recurrence,
            "cancelled_windows": list(cancelled),
            "notify": row.notify,
        }
    return result


def _subscribers(
    session: Session, refs: dict[int, str], slugs: dict[int | None, str]
) -> dict[str, Any]:
    result = {}
    for row in session.exec(select(tables.SubscriberRow)).all():
        followed = session.exec(
            select(tables.SubscriptionRow.target_id).where(
                tables.SubscriptionRow.subscriber_id == row.id
            )
        ).all()
        result[refs[row.id or 0]] = {
            "channel": row.channel,
            "address": row.address,
            "confirmed": row.state == "active",
            "services": None if row.whole_page else [slugs[each] for each in sorted(followed)],
            "language": row.language,
            "since": row.created_at,
        }
    return result


# -- comparison ------------------------------------------------------------------------------------


def check(sample: Sample, ctx: Ctx, report: ImportReport) -> None:
    """Assert that what is stored, and the report, are as `expected.json` says."""
    expected, found = sample.result(), stored(ctx, sample.kind)
    _check_page(expected.get("page", {}), found["page"])
    assert found["groups"] == expected["groups"]
    counts = {name: n for name, n in expected["counts"].items() if name != "uptime_intervals"}
    counted = {name: report.counts[name] for name in counts}
    assert counted == counts
    for kind in ("services", "incidents", "maintenances", "subscribers"):
        assert set(found[kind]) == {each["ref"] for each in expected[kind]}, kind
        for each in expected[kind]:
            _CHECKS[kind](each, found[kind][each["ref"]])
    wanted = [
        {**each, "from": _time(each["from"]), "to": _time(each["to"])}
        for each in expected.get("uptime", [])
    ]
    assert found["uptime"] == wanted
    pairs = {(code, ref) for code, refs in report.entries.items() for ref in refs}
    required = {(each["code"], each["ref"]) for each in expected["report"]}
    assert required <= pairs
    more = {(code, ref) for code, ref in pairs - required}
    assert {code.partition(".")[0] for code, _ in more} <= {"lost", "guessed"}, more
    printed = json.dumps(report.as_json()) + "\n".join(report_lines(report, "source"))
    for text in expected.get("never_printed", []):
        assert text not in printed
    everything = json.dumps(_dump(ctx.session), default=str, ensure_ascii=False)
    for text in expected.get("never_stored", []):
        assert text not in everything
    assert ctx.session.exec(select(func.count()).select_from(tables.NoticeRow)).one() == 0


def _check_page(expected: dict[str, Any], found: dict[str, Any]) -> None:
    for name, value in expected.items():
        if value is not None:
            assert found[name] == value, name


def _check_service(expected: dict[str, Any], found: dict[str, Any]) -> None:
    for name in ("slug", "name", "group", "id"):
        if name in expected:
            assert found[name] == expected[name], (expected["ref"], name)
    assert found["archived"] == expected.get("archived", False)
    if "known_since" in expected:
        assert found["known_since"] == _time(expected["known_since"])
    for text in expected.get("description_has", []):
        assert text in (found["description"] or "")
    for tag, text in expected.get("translations", {}).items():
        assert found["translations"][tag] == text


def _check_incident(expected: dict[str, Any], found: dict[str, Any]) -> None:
    ref = expected["ref"]
    for name in ("title", "status", "impact", "id", "impact_overridden", "former_path"):
        if name in expected:
            assert found[name] == expected[name], (ref, name)
    for name in ("started_at", "resolved_at"):
        assert found[name] == _time(expected[name]), (ref, name)
    wanted = expected.get("translations", {})
    assert {tag: found["translations"].get(tag) for tag in wanted} == wanted, ref
    assert sorted(found["services"]) == sorted(expected["services"]), ref
    assert len(found["updates"]) == len(expected["updates"]), (ref, found["updates"])
    for number, (wanted, update) in enumerate(
        zip(expected["updates"], found["updates"], strict=True)
    ):
        place = (ref, number, update)
        assert update["at"] == _time(wanted["at"]), place
        assert update["status"] == wanted["status"], place
        assert update["services"] == wanted["services"], place
        assert update["phrase"] == wanted.get("phrase", False), place
        assert not update["notify"]
        if "id" in wanted:
            assert update["id"] == wanted["id"], place
        _check_text(wanted, update["text"], place)
    if "postmortem" not in expected:
        assert found["postmortem"] is None, ref
        return
    wanted, postmortem = expected["postmortem"], found["postmortem"]
    assert postmortem is not None, ref
    assert postmortem["published_at"] == _time(wanted["published_at"]), ref
    _check_text(wanted, postmortem["text"], (ref, "postmortem", postmortem))
    for tag, parts in wanted.get("translations", {}).items():
        _check_text({"has": parts}, postmortem["translations"][tag], (ref, "postmortem", tag))


def _check_text(expected: dict[str, Any], text: str | None, place: object) -> None:
    for part in expected.get("has", []):
        assert part in (text or ""), (place, part)
    for part in expected.get("lacks", []):
        assert part not in (text or ""), (place, part)


def _check_maintenance(expected: dict[str, Any], found: dict[str, Any]) -> None:
    ref = expected["ref"]
    for name in ("title", "id", "updates"):
        if name in expected:
            assert found[name] == expected[name], (ref, name)
    for name in ("starts_at", "ends_at", "completed_at", "cancelled_at", "verifying_at"):
        if name in expected:
            assert found[name] == _time(expected[name]), (ref, name)
    _check_text(expected, found["text"], ref)
    assert sorted(found["services"]) == sorted(expected["services"]), ref
    if isinstance(expected.get("recurrence"), str):
        assert found["rrule"] == expected["recurrence"], ref
        if "cancelled_windows" in expected:
            windows = [_time(each) for each in expected["cancelled_windows"]]
            assert found["cancelled_windows"] == windows, ref
    elif expected.get("recurrence") is not None:
        assert found["rrule"].startswith(expected["recurrence"]["rrule"]), ref
        wanted = [_time(each) for each in expected["cancelled_windows"]]
        assert found["cancelled_windows"] == wanted, ref
    assert not found["notify"]


def _check_subscriber(expected: dict[str, Any], found: dict[str, Any]) -> None:
    ref = expected["ref"]
    names = ("channel", "address", "confirmed") if expected["channel"] == "email" else ("channel",)
    for name in names:
        assert found[name] == expected[name], (ref, name)
    if expected.get("language") is not None:
        assert found["language"] == expected["language"], ref
    services = expected["services"]
    assert found["services"] == (None if services is None else services), ref
    if expected["channel"] == "email" and "since" in expected:
        assert found["since"] == _time(expected["since"]), ref


_CHECKS = {
    "services": _check_service,
    "incidents": _check_incident,
    "maintenances": _check_maintenance,
    "subscribers": _check_subscriber,
}


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _dump(session: Session) -> list[Any]:
    """Every row of every table."""
    return [
        [list(map(str, row)) for row in session.connection().execute(table.select())]
        for table in metadata.sorted_tables
    ]
