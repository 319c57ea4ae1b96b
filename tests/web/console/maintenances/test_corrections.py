"""A typo in an update about a maintenance, mended in the console and the API."""

from datetime import timedelta

from app.domain.permissions import Role
from app.domain.statuses import MaintenanceStatus
from app.usecases.maintenances.lifecycle import StaffMaintenance, get_maintenance
from app.usecases.maintenances.windows import NewMaintenanceUpdate, post_maintenance_update
from app.usecases.page.settings import PageChange, edit_page
from tests.cast import ADA, Installation
from tests.console import Staff, staff
from tests.factories import english, make_maintenance, make_service

MINUTE = "%Y-%m-%dT%H:%M"


def begun(installation: Installation) -> tuple[Staff, StaffMaintenance]:
    with installation.writing(ADA) as ctx:
        edit_page(ctx, PageChange(undo_seconds=0))
    with installation.writing() as ctx:
        make_service(ctx)
        planned = make_maintenance(ctx).id
    installation.clock.forward(minutes=60)
    with installation.writing() as ctx:
        new = NewMaintenanceUpdate(MaintenanceStatus.IN_PROGRESS, english("We have begun early."))
        return staff(installation, Role.EDITOR), post_maintenance_update(ctx, planned, new)


def test_the_form_of_an_update_about_a_maintenance_corrects_its_time(
    installation: Installation,
) -> None:
    ben, known = begun(installation)
    (update,) = known.maintenance.updates
    path = f"/console/maintenances/{known.id}/updates/{update.id}"
    earlier = update.posted_at - timedelta(minutes=20)
    assert update.posted_at.strftime(MINUTE) in ben.get(path).text
    fields = {"body:en": "We have begun early.", "seen": ""}
    sent = ben.send(path, {**fields, "posted_at": earlier.strftime(MINUTE)})
    assert sent.status_code == 303
    with installation.reading() as ctx:
        after = get_maintenance(ctx, known.id).maintenance
    assert after.starts_at == after.updates[0].posted_at == earlier.replace(second=0)
    assert "Edited" in installation.vera.get(f"/maintenances/{known.id}").text
    planned = (update.posted_at - timedelta(days=31)).strftime(MINUTE)
    asked = ben.send(path, {**fields, "posted_at": planned, "seen": after.updates[0].id})
    assert asked.status_code in {409, 422}


def test_a_removed_update_about_a_maintenance_is_gone_for_visitors(
    installation: Installation,
) -> None:
    ben, known = begun(installation)
    (update,) = known.maintenance.updates
    one = f"/console/maintenances/{known.id}"
    assert "We have begun early." in ben.get(f"{one}/updates/{update.id}/remove").text
    assert ben.send(f"{one}/updates/{update.id}/remove").headers["location"] == one
    page = installation.vera.get(f"/maintenances/{known.id}").text
    assert "We have begun early." not in page
    assert "Edited" in page
    shown = ben.get(one).text
    assert "Removed updates" in shown
    assert "We have begun early." in shown


def test_the_api_corrects_and_removes_an_update_about_a_maintenance(
    installation: Installation,
) -> None:
    _, known = begun(installation)
    (update,) = known.maintenance.updates
    path = f"/api/v1/maintenances/{known.id}/updates/{update.id}"
    earlier = (update.posted_at - timedelta(minutes=20)).isoformat().replace("+00:00", "Z")
    current = installation.ada.patch(path, {"posted_at": earlier}).json()["current"]
    assert current["starts_at"] == current["updates"][0]["posted_at"] == earlier
    assert installation.ada.patch(path, {"posted_at": "2026-01-01T00:00:00Z"}).json()["code"] == (
        "update_before_plan"
    )
    removed = installation.ada.delete(path)
    assert removed.status_code == 200
    current = removed.json()["current"]
    assert (current["updates"], current["starts_at"]) == ([], earlier)
    assert current["edited_at"] is not None
    assert installation.ada.delete(path).status_code == 404
