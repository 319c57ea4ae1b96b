"""Drafts are on no public surface, not even under their own ids."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest

from app.db.migrate import upgrade
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.usecases.incidents.lifecycle import post_update
from app.usecases.incidents.postmortems import NewPostmortem, put_postmortem
from app.usecases.services import services
from tests.cast import Installation, open_installation
from tests.databases import Run, copy_sqlite
from tests.factories import english, make_incident, make_service, update
from tests.web.api.routes import asks_who, every_route

SECRET = "Hush-4711"
OUTAGE = {"payments": ServiceStatus.MAJOR_OUTAGE}
# What each name in a public path can be filled with; one that is not here is missed at once.
NAMES = {
    "tag": ("sv",),
    "secret": ("x" * 40,),
    "token": (f"k3v9q0w2m4xa.{'x' * 22}",),
    "slug": ("payments",),
    "phase": ("failing", "mended"),
    "month": ("2026-03", "2026-02"),
    "occurrence": ("20260303T120000Z",),
    "part": ("en-1",),
    "name": ("fyr.css", "swagger-ui.css"),
    "content_hash": ("x",),
    "digest": ("x",),
    "rest:path": ("incidents.json",),
}


def filled(path: str, public_ids: list[str]) -> Iterator[str]:
    """The path with every combination of what can stand in it."""
    before, brace, rest = path.partition("{")
    if not brace:
        yield path
        return
    name, _, after = rest.partition("}")
    for value in (*public_ids,) if name == "public_id" else NAMES[name]:
        yield from filled(f"{before}{value}{after}", public_ids)


def public_answers(
    installation: Installation, public_ids: list[str]
) -> Iterator[tuple[str, int, str]]:
    """Path, status and text of everything that a visitor can ask for."""
    for method, path, needs in every_route(installation.app):
        if method == "GET" and not asks_who(needs):
            for address in filled(path, public_ids):
                answer = installation.vera.get(address, headers={"Accept-Encoding": "identity"})
                yield address, answer.status_code, answer.text


@dataclass(frozen=True)
class Crawl:
    """An installation with hidden things, their ids, and every answer that a visitor can get."""

    installation: Installation
    draft: tuple[str, str]
    deleted: str
    without_postmortem: str
    answers: Sequence[tuple[str, int, str]]


@pytest.fixture(scope="module")
def crawl(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawl]:
    folder = tmp_path_factory.mktemp("hidden")
    copy_sqlite(Run.current(), upgrade, folder / "fyr.db")
    with open_installation(f"sqlite:///{folder / 'fyr.db'}", folder) as installation:
        draft, deleted = drafted(installation), drafted(installation)
        installation.ben.post(f"/api/v1/incidents/{deleted[0]}/publish")
        assert SECRET in installation.vera.get(f"/en/incidents/{deleted[0]}").text
        installation.ben.delete(f"/api/v1/incidents/{deleted[0]}")
        with installation.writing() as ctx:
            resolved = make_incident(ctx).incident.id
            post_update(ctx, resolved, update(IncidentStatus.RESOLVED))
            put_postmortem(ctx, resolved, NewPostmortem(english(SECRET), publish=False))
        answers = list(public_answers(installation, [*draft, deleted[0], resolved]))
        yield Crawl(installation, draft, deleted[0], resolved, answers)


def drafted(installation: Installation) -> tuple[str, str]:
    """The ids of a draft and its update."""
    with installation.writing() as ctx:
        if not services.list_services(ctx):
            make_service(ctx, "payments")
        first = update(services=OUTAGE, body=SECRET)
        incident = make_incident(ctx, first, title=SECRET, publish=False).incident
    return incident.id, incident.updates[0].id


def test_a_draft_is_on_no_public_surface(crawl: Crawl) -> None:
    incident, _ = crawl.draft
    for address, status, text in crawl.answers:
        assert SECRET not in text, address
        if incident in address:
            assert status == 404, address
        else:
            assert incident not in text, address


def test_a_deleted_incident_is_on_no_public_surface(crawl: Crawl) -> None:
    found = [(status, text) for address, status, text in crawl.answers if crawl.deleted in address]
    assert len(found) > 5
    assert all(status in {404, 410} and SECRET not in text for status, text in found)
    assert all(SECRET not in text for _, _, text in crawl.answers)


def test_an_unpublished_postmortem_is_on_no_public_surface(crawl: Crawl) -> None:
    incident = crawl.without_postmortem
    pages = [
        text for address, status, text in crawl.answers if incident in address and status == 200
    ]
    assert len(pages) > 3
    assert all(SECRET not in text for text in pages)


def test_a_published_draft_and_a_published_postmortem_are_shown(
    sqlite_installation: Installation,
) -> None:
    incident, _ = drafted(sqlite_installation)
    assert "Major outage: Payments" not in sqlite_installation.vera.get("/en/").text
    sqlite_installation.ben.post(f"/api/v1/incidents/{incident}/publish")
    assert "Major outage: Payments" in sqlite_installation.vera.get("/en/").text
    with sqlite_installation.writing() as ctx:
        post_update(ctx, incident, update(IncidentStatus.RESOLVED))
    postmortem = {"body": "Postmortem-4711", "publish": True}
    sqlite_installation.ben.put(f"/api/v1/incidents/{incident}/postmortem", postmortem)
    assert "Postmortem-4711" in sqlite_installation.vera.get(f"/en/incidents/{incident}").text
