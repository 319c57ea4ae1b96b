"""Drafts are on no public surface, not even under their own ids."""

from collections.abc import Iterator

from app.domain.statuses import IncidentStatus, ServiceStatus
from app.usecases.incidents.lifecycle import post_update
from app.usecases.incidents.postmortems import NewPostmortem, put_postmortem
from tests.cast import Installation
from tests.factories import english, make_incident, make_service, update
from tests.web.api.routes import asks_who, every_route

SECRET = "Hush-4711"
OUTAGE = {"payments": ServiceStatus.MAJOR_OUTAGE}
# What each name in a public path can be filled with; one that is not here is missed at once.
NAMES = {
    "tag": ("sv",),
    "secret": ("x" * 40,),
    "slug": ("payments",),
    "phase": ("failing", "mended"),
    "month": ("2026-03", "2026-02"),
    "occurrence": ("20260303T120000Z",),
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


def drafted(installation: Installation) -> list[str]:
    """The ids of a draft and its update."""
    with installation.writing() as ctx:
        make_service(ctx, "payments")
        first = update(services=OUTAGE, body=SECRET)
        incident = make_incident(ctx, first, title=SECRET, publish=False).incident
    return [incident.id, incident.updates[0].id]


def test_a_draft_is_on_no_public_surface(installation: Installation) -> None:
    draft = drafted(installation)
    for address, status, text in public_answers(installation, draft):
        assert SECRET not in text, address
        if draft[0] in address:
            assert status == 404, address
        else:
            assert draft[0] not in text, address


def test_a_draft_changes_no_status_of_a_service(sqlite_installation: Installation) -> None:
    draft = drafted(sqlite_installation)
    overview = sqlite_installation.vera.get("/en/").text
    assert "Major outage: Payments" not in overview
    sqlite_installation.ben.post(f"/api/v1/incidents/{draft[0]}/publish")
    assert "Major outage: Payments" in sqlite_installation.vera.get("/en/").text


def test_a_deleted_incident_is_on_no_public_surface(sqlite_installation: Installation) -> None:
    draft = drafted(sqlite_installation)
    sqlite_installation.ben.post(f"/api/v1/incidents/{draft[0]}/publish")
    assert SECRET in sqlite_installation.vera.get(f"/en/incidents/{draft[0]}").text
    sqlite_installation.ben.delete(f"/api/v1/incidents/{draft[0]}")
    for address, _, text in public_answers(sqlite_installation, draft):
        assert SECRET not in text, address


def test_an_unpublished_postmortem_is_on_no_public_surface(
    sqlite_installation: Installation,
) -> None:
    with sqlite_installation.writing() as ctx:
        incident = make_incident(ctx).incident.id
        post_update(ctx, incident, update(IncidentStatus.RESOLVED))
        put_postmortem(ctx, incident, NewPostmortem(english(SECRET), publish=False))
    for address, _, text in public_answers(sqlite_installation, [incident]):
        assert SECRET not in text, address
    postmortem = {"body": SECRET, "publish": True}
    sqlite_installation.ben.put(f"/api/v1/incidents/{incident}/postmortem", postmortem)
    assert SECRET in sqlite_installation.vera.get(f"/en/incidents/{incident}").text
