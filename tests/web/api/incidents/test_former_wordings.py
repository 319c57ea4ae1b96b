"""Former wordings on the page of an incident, and the time between first sign and publication."""

from pathlib import Path

import pytest

from app.usecases.page.settings import PageChange, edit_page
from tests.cast import ADA, Installation
from tests.usecases.targets.forecasting import ForecastDriver, broken, only_id

NEW = {"title": "Payments fail", "status": "investigating", "body": "All is lost."}


def opened(installation: Installation, *, publish: bool = True) -> tuple[str, str]:
    """The ids of a new incident and of its update; there is no undo window."""
    with installation.writing(ADA) as ctx:
        edit_page(ctx, PageChange(undo_seconds=0))
    made = installation.ben.post("/api/v1/incidents", {**NEW, "publish": publish}).json()
    return made["id"], made["updates"][0]["id"]


def edit(installation: Installation, incident: str, update: str, body: str) -> None:
    path = f"/api/v1/incidents/{incident}/updates/{update}"
    assert installation.ben.patch(path, {"body": body}).status_code == 200


def page_of(installation: Installation, incident: str) -> str:
    return installation.vera.get(f"/en/incidents/{incident}").text


def test_visitors_read_what_an_update_said_before_with_both_times(
    installation: Installation,
) -> None:
    incident, update = opened(installation)
    for body in ("Some is lost.", "Little is lost."):
        installation.clock.forward(minutes=10)
        edit(installation, incident, update, body)
    page = page_of(installation, incident)
    assert page.index("Little is lost.") < page.index("Some is lost.") < page.index("All is lost.")
    for stamp in ("12:00:00Z", "12:10:00Z", "12:20:00Z"):
        assert f'datetime="2026-03-02T{stamp}"' in page
    assert "show the earlier text" in page


def test_former_titles_and_postmortems_are_public_too(installation: Installation) -> None:
    incident, _ = opened(installation)
    path = f"/api/v1/incidents/{incident}"
    installation.clock.forward(minutes=5)
    installation.ben.patch(path, {"title": "Cards fail"})
    installation.ben.post(f"{path}/updates", {"status": "resolved", "body": "It works."})
    for body in ("It was the moon.", "It was a root."):
        installation.clock.forward(minutes=5)
        installation.ben.put(f"{path}/postmortem", {"body": body, "publish": True})
    page = page_of(installation, incident)
    assert "Payments fail" in page
    assert "It was the moon." in page


def test_a_page_may_hide_former_texts_and_says_so(installation: Installation) -> None:
    incident, update = opened(installation)
    installation.clock.forward(minutes=10)
    edit(installation, incident, update, "Some is lost.")
    answer = installation.ada.patch("/api/v1/page", {"former_texts_public": False})
    assert answer.json()["former_texts_public"] is False
    page = page_of(installation, incident)
    assert "All is lost." not in page
    assert "Earlier versions of the text are not public on this page." in page
    assert "Edited" in page


@pytest.mark.parametrize("kind", ["draft", "removed"])
def test_what_visitors_never_read_or_lost_stays_with_staff(
    installation: Installation, kind: str
) -> None:
    incident, update = opened(installation, publish=kind != "draft")
    path = f"/api/v1/incidents/{incident}"
    installation.clock.forward(minutes=1)
    edit(installation, incident, update, "Some is lost.")
    installation.clock.forward(minutes=1)
    if kind == "draft":
        assert installation.ben.post(f"{path}/publish").status_code == 200
    else:
        installation.ben.post(f"{path}/updates", {"status": "identified", "body": "Found."})
        assert installation.ben.delete(f"{path}/updates/{update}").status_code == 200
    assert "All is lost." not in page_of(installation, incident)


def test_an_incident_says_when_automation_saw_it_first(
    sqlite_installation: Installation, tmp_path: Path
) -> None:
    forecasting = ForecastDriver(sqlite_installation, tmp_path)
    broken(forecasting)
    page = page_of(sqlite_installation, only_id(forecasting))
    assert '<span>First sign <time datetime="2026-03-23T15:00:00Z">' in page
    assert '<span>Published <time datetime="2026-03-23T15:00:30Z">' in page


def test_an_incident_of_staff_has_no_first_sign(installation: Installation) -> None:
    incident, _ = opened(installation)
    assert "First sign" not in page_of(installation, incident)
