"""A continuous export compares only what a change can concern, and holds all the same."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest

from app.domain.statuses import IncidentStatus, ServiceStatus
from app.export.folder import Folder
from app.export.scope import Scope
from app.export.site import Site
from app.export.sync import ExportResult, export_site
from app.export.watch import ContinuousExport
from app.usecases.context import Ctx
from app.usecases.incidents.edits import IncidentEdit, edit_incident
from app.usecases.incidents.lifecycle import delete_incident, post_update, publish
from app.usecases.public.changes import ChangedPages, changes_since, checkpoint
from app.usecases.services.services import archive_service
from tests.cast import BASE_URL, Installation
from tests.factories import english, make_incident, make_service, update

OUTAGE = {"mail": ServiceStatus.MAJOR_OUTAGE}


class Followed:
    """An installation with three services and incidents, and its continuous export."""

    def __init__(self, installation: Installation, folder: Folder) -> None:
        self.installation, self.folder = installation, folder
        with installation.writing() as ctx:
            for slug in ("mail", "chat", "web"):
                make_service(ctx, slug)
            slow = update(services={"chat": ServiceStatus.DEGRADED_PERFORMANCE})
            # An empty feed has the time of the last change of the page.
            post_update(
                ctx,
                make_incident(ctx, update(services={"web": ServiceStatus.OPERATIONAL})).incident.id,
                update(IncidentStatus.RESOLVED),
            )
            self.old = make_incident(ctx, slow).incident.id
            post_update(ctx, self.old, update(IncidentStatus.RESOLVED))
            self.gone = make_incident(ctx, update(services=OUTAGE)).incident.id
            post_update(ctx, self.gone, update(IncidentStatus.RESOLVED))
            self.draft = make_incident(ctx, title="A draft", publish=False).incident.id
        installation.clock.forward(minutes=20)
        self._results: list[ExportResult] = []
        self._export = ContinuousExport(
            installation.database,
            Site(BASE_URL, share_pictures=False),
            folder,
            Event(),
            self._results.append,
        )
        self.pages = self.export().written

    def export(self) -> ExportResult:
        self._export.run()
        return self._results[-1]

    def change(self, change: Callable[[Ctx], object]) -> ExportResult:
        """Change something a minute later, and export it."""
        self.installation.clock.forward(minutes=1)
        with self.installation.writing() as ctx:
            change(ctx)
        return self.export()

    def assert_complete(self) -> None:
        """Assert that an export which compares every page would write and delete nothing."""
        site = Site(BASE_URL, share_pictures=False)
        again = export_site(self.installation.database, site, self.folder)
        assert (again.written, again.deleted) == (0, 0)


@pytest.fixture
def followed(installation: Installation, tmp_path: Path) -> Iterator[Followed]:
    folder = Folder(tmp_path / "site")
    with folder.locked():
        yield Followed(installation, folder)


def test_of_an_update_and_an_opening_only_what_they_concern_is_compared(
    followed: Followed,
) -> None:
    done = followed.change(
        lambda ctx: post_update(ctx, followed.old, update(IncidentStatus.RESOLVED))
    )
    assert done.written > 0
    assert done.written + done.unchanged < followed.pages
    followed.assert_complete()
    followed.change(lambda ctx: make_incident(ctx, update(services=OUTAGE), title="No mail"))
    # The pages of earlier incidents show that their service is down again.
    followed.assert_complete()


def test_what_is_published_edited_archived_or_deleted_arrives(followed: Followed) -> None:
    for change in (
        lambda ctx: publish(ctx, followed.draft),
        lambda ctx: edit_incident(ctx, followed.old, IncidentEdit(title=english("Renamed"))),
        lambda ctx: archive_service(ctx, "web"),
        lambda ctx: delete_incident(ctx, followed.gone),
    ):
        assert followed.change(change).written > 0
        followed.assert_complete()
    assert not list(followed.folder.root.rglob(f"*{followed.gone}*"))


def test_every_page_is_compared_when_the_hour_ends(followed: Followed) -> None:
    (followed.folder.root / "en" / "incidents" / f"{followed.old}.html").write_text("mine")
    assert followed.export().written == 0
    followed.installation.clock.forward(hours=1)
    assert followed.export().written > 0
    followed.assert_complete()


def changed(installation: Installation, *changes: Callable[[Ctx], object]) -> ChangedPages | None:
    """The pages that these changes, each in a transaction of its own, concern."""
    with installation.reading() as ctx:
        before = checkpoint(ctx)
    for change in changes:
        installation.clock.forward(minutes=1)
        with installation.writing() as ctx:
            change(ctx)
    with installation.reading() as ctx:
        return changes_since(ctx, before, checkpoint(ctx))


def test_a_change_that_no_entry_explains_concerns_every_page(followed: Followed) -> None:
    installation = followed.installation

    def post(ctx: Ctx) -> None:
        post_update(ctx, followed.old, update(IncidentStatus.RESOLVED))

    def post_to_draft(ctx: Ctx) -> None:
        post_update(ctx, followed.draft, update(IncidentStatus.IDENTIFIED))

    def archive(ctx: Ctx) -> None:
        post(ctx)
        archive_service(ctx, "web")

    found = changed(installation, post, post_to_draft)
    assert found is not None
    assert (set(found.incidents), set(found.services)) == ({followed.old}, {"chat"})
    assert changed(installation, post, Ctx.touch) is None
    # The entry about a draft, which changes nothing, does not stand for the change without entry.
    assert changed(installation, post_to_draft, Ctx.touch) is None
    assert changed(installation, archive) is None


def test_an_export_since_a_time_leaves_earlier_incidents_as_they_are(followed: Followed) -> None:
    installation, root = followed.installation, followed.folder.root
    installation.clock.forward(days=2)
    site = Site(BASE_URL, share_pictures=False)
    since = Scope(since=installation.clock() - timedelta(hours=1))
    with installation.writing() as ctx:
        edit_incident(ctx, followed.gone, IncidentEdit(title=english("Renamed")))
        archive_service(ctx, "chat")
    old = root / "en" / "incidents" / f"{followed.old}.html"
    before = old.read_bytes()
    export_site(installation.database, site, followed.folder, scope_of=lambda _ctx: since)
    assert "Renamed" in (old.parent / f"{followed.gone}.html").read_text("utf-8")
    assert old.read_bytes() == before
    with installation.writing() as ctx:
        delete_incident(ctx, followed.gone)
    old.unlink()
    export_site(installation.database, site, followed.folder, scope_of=lambda _ctx: since)
    assert old.is_file()
    assert not list(root.rglob(f"*{followed.gone}*"))
