"""Hidden is hidden: no address that anybody can ask tells of what is not published."""

from collections.abc import Iterator

import pytest

from app.db.queries import maintenances
from app.db.queries.incidents import incidents
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.usecases.incidents.lifecycle import delete_incident, post_update
from app.usecases.incidents.notes import add_note
from app.usecases.incidents.postmortems import NewPostmortem, put_postmortem
from app.web import formats
from app.web.page_cache.surface import Surface
from app.web.public import surfaces as public
from tests.cast import Installation
from tests.factories import english, make_incident, make_maintenance, make_service, update

_SECRET = "TopSecret"
_SURFACES = (*formats.SURFACES, *public.SURFACES)
_TOMORROW = "20260303T120000Z"
_NAMES = {"slug": "mail", "month": "2026-03", "phase": "opened", "digest": "x", "part": "en-1"}
_NAMES["occurrence"] = _TOMORROW


@pytest.fixture
def secretive(installation: Installation) -> Installation:
    """An installation with something hidden of every kind, and something public beside it."""
    with installation.writing() as ctx:
        make_service(ctx, "mail")
        reported = update(services={"mail": ServiceStatus.MAJOR_OUTAGE})
        shown = make_incident(ctx, reported, title="No mail").incident.id
        hidden = update(IncidentStatus.INVESTIGATING, {"mail": ServiceStatus.PARTIAL_OUTAGE})
        draft = make_incident(ctx, hidden, title=f"{_SECRET} draft", publish=False).incident.id
        for noted in (shown, draft):
            add_note(ctx, noted, f"{_SECRET} note")
        gone = make_incident(ctx, title=f"{_SECRET} deleted").incident.id
        delete_incident(ctx, gone)
        post_update(ctx, shown, update(IncidentStatus.RESOLVED))
        put_postmortem(ctx, shown, NewPostmortem(english(f"{_SECRET} account"), publish=False))
        make_maintenance(ctx, "mail", recurrence="FREQ=DAILY")
        make_maintenance(ctx, "mail", title=f"{_SECRET} window", publish=False)
        make_maintenance(
            ctx, "mail", title=f"{_SECRET} windows", publish=False, recurrence="FREQ=DAILY"
        )
    return installation


def _addresses(installation: Installation, surface: Surface) -> Iterator[str]:
    with installation.reading() as ctx:
        # Every id there is, the hidden ones too.
        ids = [row.public_id for row in incidents.incidents_by_id(ctx.session, range(20))]
        ids += [
            row.public_id
            for row in maintenances.list_maintenances(ctx.session, after=None, limit=20)
        ]
    for public_id in ids if "{public_id}" in surface.path else [""]:
        path = surface.path_for({**_NAMES, "public_id": public_id})
        yield path
        yield f"{path}?locale=sv"
        if surface.language_prefixed:
            yield f"/sv{path}"


def test_nothing_hidden_is_shown_at_any_address(secretive: Installation) -> None:
    for surface in _SURFACES:
        answers = {path: secretive.vera.get(path) for path in _addresses(secretive, surface)}
        # None of these incidents is about certificates, and the page has the usual colours.
        known = 404 if "{phase}" in surface.path or "{digest}" in surface.path else 200
        assert any(answer.status_code == known for answer in answers.values()), surface.path
        for path, answer in answers.items():
            assert _SECRET not in answer.text, path


def test_only_what_is_published_counts_for_the_state(secretive: Installation) -> None:
    status = secretive.vera.get("/api/v2/status.json").json()["status"]
    assert status["indicator"] == "none"
    assert secretive.vera.get("/embed/banner.json").json()["shown"] is False


def test_a_guessed_id_shows_nothing(secretive: Installation) -> None:
    with secretive.writing() as ctx:
        draft = make_incident(ctx, title=_SECRET, publish=False).incident.id
        window = make_maintenance(ctx, "mail", publish=False, recurrence="FREQ=DAILY").id
    pages = (f"/incidents/{draft}", f"/incidents/{draft}.md", f"/maintenances/{window}")
    windows = (f"/maintenances/{window}/{_TOMORROW}", f"/maintenances/{window}.md")
    for path in (f"/i/{draft}", f"/i/{window}", f"/i/{window}/{_TOMORROW}", *pages, *windows):
        draft = draft if draft in path else window
        answer = secretive.vera.get(path)
        unknown = secretive.vera.get(path.replace(draft, "zzzzzzzzzzzz"))
        assert (answer.status_code, answer.content) == (404, unknown.content)
