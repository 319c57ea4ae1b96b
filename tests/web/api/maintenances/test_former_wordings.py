"""Former wordings on the page of a maintenance: of its title, its text and its updates."""

import pytest

from app.usecases.page.settings import PageChange, edit_page
from tests.cast import ADA, Installation
from tests.factories import make_service

NEW = {
    "title": "Database upgrade",
    "body": "All is slow.",
    "services": ["payments"],
    "starts_at": "2026-03-02T13:00:00Z",
    "ends_at": "2026-03-02T15:00:00Z",
}


@pytest.fixture
def installation(installation: Installation) -> Installation:
    with installation.writing(ADA) as ctx:
        edit_page(ctx, PageChange(undo_seconds=0))
        make_service(ctx, "payments")
    return installation


def edited(installation: Installation, **more: object) -> str:
    """The id of a maintenance, each of whose texts was changed after ten minutes."""
    ben = installation.ben
    made = ben.post("/api/v1/maintenances", {**NEW, **more}).json()["id"]
    path = f"/api/v1/maintenances/{made}"
    posted = ben.post(f"{path}/updates", {"status": "scheduled", "body": "Early news."})
    assert posted.status_code == 201, posted.text
    update = posted.json()["current"]["updates"][0]["id"]
    installation.clock.forward(minutes=10)
    for change, at in (
        ({"title": "Storage upgrade"}, path),
        ({"body": "Some is slow."}, path),
        ({"body": "Late news."}, f"{path}/updates/{update}"),
    ):
        assert ben.patch(at, change).status_code == 200, change
    return str(made)


def page_of(installation: Installation, maintenance: str) -> str:
    return installation.vera.get(f"/en/maintenances/{maintenance}").text


def test_visitors_read_what_a_maintenance_said_before_with_both_times(
    installation: Installation,
) -> None:
    page = page_of(installation, edited(installation))
    for now, before in (
        ("Storage upgrade", "Database upgrade"),
        ("Some is slow.", "All is slow."),
        ("Late news.", "Early news."),
    ):
        assert page.index(f">{now}<") < page.index(before), before
    assert page.count("show the earlier text") == 3
    assert 'datetime="2026-03-02T12:10:00Z"' in page


def test_texts_of_a_draft_are_no_former_texts(installation: Installation) -> None:
    maintenance = edited(installation, publish=False)
    installation.clock.forward(minutes=5)
    published = installation.ben.post(f"/api/v1/maintenances/{maintenance}/publish")
    assert published.status_code == 200
    page = page_of(installation, maintenance)
    assert "Late news." in page
    for secret in ("Database upgrade", "All is slow.", "Early news."):
        assert secret not in page, secret


def test_a_page_that_hides_former_texts_says_so_for_maintenances(
    installation: Installation,
) -> None:
    maintenance = edited(installation)
    with installation.writing(ADA) as ctx:
        edit_page(ctx, PageChange(former_texts_public=False))
    page = page_of(installation, maintenance)
    assert "Early news." not in page
    assert "Earlier versions of the text are not public on this page." in page


def test_a_removed_update_takes_its_former_texts_with_it(installation: Installation) -> None:
    maintenance = edited(installation)
    path = f"/api/v1/maintenances/{maintenance}"
    update = installation.ben.get(path).json()["current"]["updates"][0]["id"]
    assert installation.ben.delete(f"{path}/updates/{update}").status_code == 200
    page = page_of(installation, maintenance)
    assert "Early news." not in page
    assert "All is slow." in page
