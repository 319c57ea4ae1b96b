"""What an export of a real page holds."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from lxml import html

from app.domain.statuses import IncidentStatus, ServiceStatus
from app.export.folder import Folder
from app.export.page_file import ExportedPage
from app.export.site import Site
from app.export.sync import export_site, sync
from app.usecases.incidents.lifecycle import delete_incident, post_update
from app.usecases.services.services import add_service
from app.web import formats, public
from app.web.page_cache.surface_urls import no_url, single_url
from tests.cast import BASE_URL, Installation, open_installation
from tests.export.conftest import exported
from tests.factories import english, make_incident, make_maintenance, make_service, update

SECRET = "TopSecret"
_ITEM = "/incidents/{public_id}"


def files_with(folder: Path, text: str) -> list[str]:
    return [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and (text in path.name or text.encode() in path.read_bytes())
    ]


def test_nothing_hidden_is_in_any_file(installation: Installation, tmp_path: Path) -> None:
    with installation.writing() as ctx:
        draft = make_incident(ctx, title=SECRET, publish=False).incident.id
        gone = make_incident(ctx, title=f"{SECRET} too").incident.id
    exported(installation, tmp_path / "site")
    assert files_with(tmp_path / "site", gone)
    with installation.writing() as ctx:
        delete_incident(ctx, gone)
    exported(installation, tmp_path / "site")
    for text in (SECRET, draft, gone):
        assert files_with(tmp_path / "site", text) == []


def test_an_incident_has_at_most_six_files_in_each_language_and_no_markdown(
    installation: Installation, tmp_path: Path
) -> None:
    with installation.writing() as ctx:
        incident = make_incident(ctx).incident.id
    exported(installation, tmp_path / "site")
    files = [path for path in (tmp_path / "site").rglob(f"*{incident}*") if path.is_file()]
    files += [path for path in (tmp_path / "site").rglob("share.png") if incident in path.parts]
    assert len(files) <= 6 * 3
    assert not any(".md" in path.name for path in files)
    assert f"/{incident}.md" not in (tmp_path / "site" / "llms.txt").read_text("utf-8")
    exported(installation, tmp_path / "texts", markdown=True)
    assert (tmp_path / "texts" / "en" / "incidents" / f"{incident}.md").is_file()
    assert f"/{incident}.md" in (tmp_path / "texts" / "llms.txt").read_text("utf-8")


def _links(page: Path) -> list[str]:
    found = html.fromstring(page.read_bytes()).xpath("//@href | //@src")
    return [str(each) for each in found] if isinstance(found, list) else []


def test_every_link_of_ours_leads_to_a_file_for_hosts_that_negotiate_nothing(
    installation: Installation, tmp_path: Path
) -> None:
    with installation.writing() as ctx:
        make_service(ctx, "mail")
        incident = make_incident(ctx).incident.id
    site = tmp_path / "site"
    exported(installation, site)
    for page in (*site.rglob("*.html"),):
        for link in _links(page):
            path = re.sub(r"[?#].*", "", link.removeprefix(BASE_URL))
            if path.startswith("/"):
                file = site / path[1:]
                known = (file, file.with_name(f"{file.name}.html"), file / "index.html")
                assert any(each.is_file() for each in known), (page, link)
    assert (site / "404.html").is_file()
    assert (site / "i" / f"{incident}.html").read_bytes() == (
        site / "en" / "incidents" / f"{incident}.html"
    ).read_bytes()


def test_the_pictures_of_link_previews_are_in_it_unless_they_are_left_out(
    installation: Installation, tmp_path: Path
) -> None:
    with installation.writing() as ctx:
        incident = make_incident(ctx).incident.id
    exported(installation, tmp_path / "with")
    names = ("share.png", f"incidents/{incident}/share.png")
    for tag in ("en", "sv", "ar"):
        for name in names:
            path = f"/{tag}/{name}"
            assert (tmp_path / "with" / path[1:]).read_bytes() == installation.vera.get(
                path
            ).content
    assert (tmp_path / "with" / names[0]).read_bytes() == installation.vera.get(
        "/en/share.png"
    ).content
    page = (tmp_path / "with" / "en" / "incidents" / f"{incident}.html").read_text("utf-8")
    assert f'content="{BASE_URL}/en/incidents/{incident}/share.png?v=' in page

    destination = Folder(tmp_path / "without")
    with destination.locked():
        export_site(installation.database, Site(BASE_URL, share_pictures=False), destination)
    assert list((tmp_path / "without").rglob("share.png")) == []
    assert files_with(tmp_path / "without", "share.png") == []


def test_a_picture_is_drawn_again_only_when_its_content_changes(
    installation: Installation, tmp_path: Path
) -> None:
    with installation.writing() as ctx:
        make_incident(ctx)
    site, destination = Site(BASE_URL), Folder(tmp_path / "site")
    with destination.locked():
        export_site(installation.database, site, destination)
        installation.clock.forward(hours=30)
        assert "/incidents/{public_id}/share.png" not in _rendered(installation, site, destination)


def test_a_site_that_is_asked_again_renders_only_what_changed(
    installation: Installation, tmp_path: Path
) -> None:
    with installation.writing() as ctx:
        make_service(ctx, "mail")
        make_incident(ctx, title="No mail")
    site, destination = Site(BASE_URL), Folder(tmp_path / "site")
    with destination.locked():
        export_site(installation.database, site, destination)
        assert _ITEM not in _rendered(installation, site, destination)
        with installation.writing() as ctx:
            make_incident(ctx, title="No calendar")
        assert _rendered(installation, site, destination).count(_ITEM) == 3
        # Another process knows it too.
        assert _ITEM not in _rendered(installation, Site(BASE_URL), destination)
        installation.clock.forward(hours=2)
        assert _rendered(installation, site, destination).count(_ITEM) == 2 * 3


def test_a_resolved_incident_is_not_rendered_again_as_time_passes(
    installation: Installation, tmp_path: Path
) -> None:
    with installation.writing() as ctx:
        make_service(ctx, "mail")
        incident = make_incident(ctx, update(services={"mail": ServiceStatus.MAJOR_OUTAGE}))
        post_update(ctx, incident.incident.id, update(IncidentStatus.RESOLVED))
    site, destination = Site(BASE_URL), Folder(tmp_path / "site")
    with destination.locked():
        export_site(installation.database, site, destination)
        installation.clock.forward(hours=30)
        assert _ITEM not in _rendered(installation, site, destination)
        with installation.writing() as ctx:
            make_incident(ctx, update(services={"mail": ServiceStatus.PARTIAL_OUTAGE}))
        # It shows the current status of its services.
        assert _rendered(installation, site, destination).count(_ITEM) == 2 * 3


def test_it_knows_when_the_clock_alone_will_change_a_page(
    installation: Installation, tmp_path: Path
) -> None:
    with installation.writing() as ctx:
        make_service(ctx, "mail")
        make_maintenance(ctx, "mail", starts_in=timedelta(seconds=40))
    site, destination = Site(BASE_URL), Folder(tmp_path / "site")
    with destination.locked():
        export_site(installation.database, site, destination)
    assert site.until == installation.clock() + timedelta(seconds=40)


@pytest.mark.parametrize("status", [None, ServiceStatus.DEGRADED_PERFORMANCE])
def test_an_export_of_unchanged_data_writes_nothing(
    installation: Installation, tmp_path: Path, status: ServiceStatus | None
) -> None:
    with installation.writing() as ctx:
        add_service(ctx, "mail", english("Mail"), known_since=ctx.now - timedelta(days=60))
        if status is not None:
            make_incident(ctx, update(services={"mail": status}))
    installation.clock.forward(hours=1)
    exported(installation, tmp_path / "site")
    for step in (1, 400, 3601):
        installation.clock.forward(seconds=step)
        assert exported(installation, tmp_path / "site").written == 0


def test_a_report_of_a_lasting_outage_is_written_once_an_hour(
    installation: Installation, tmp_path: Path
) -> None:
    with installation.writing() as ctx:
        make_service(ctx, "mail")
        make_incident(ctx, update(services={"mail": ServiceStatus.MAJOR_OUTAGE}))
    report = tmp_path / "site" / "report.json"
    read = []
    for step in (61, 40, 60):
        installation.clock.forward(minutes=step)
        exported(installation, tmp_path / "site")
        read.append(report.read_bytes())
    assert read[0] == read[1] != read[2]


def _rendered(installation: Installation, site: Site, destination: Folder) -> list[str]:
    """The kinds of the pages that an export to the destination renders, which is locked."""
    kinds: list[str] = []
    with installation.reading() as ctx:
        pages = [_noted(each, kinds) for each in site.pages(ctx)]
        sync(destination, pages)
    return kinds


def _noted(page: ExportedPage, kinds: list[str]) -> ExportedPage:
    def body() -> bytes:
        kinds.append(page.kind)
        return page.body()

    return replace(page, body=body)


def test_every_surface_shows_all_its_addresses() -> None:
    """A new surface with names in its path says by `every` which there are."""
    exported = [each for each in (*public.SURFACES, *formats.SURFACES) if each.every is not no_url]
    for surface in exported:
        assert ("{" in surface.path) is (surface.every is not single_url), surface.path


def test_the_contact_for_faults_in_security_is_among_the_files_while_there_is_one(
    sqlite_url: str, tmp_path: Path
) -> None:
    path = tmp_path / "site" / ".well-known" / "security.txt"
    contact = {"security_contact": "mailto:security@example.com"}
    with open_installation(sqlite_url, tmp_path / "data", **contact) as installation:
        exported(installation, tmp_path / "site")
        assert path.read_bytes() == installation.vera.get("/.well-known/security.txt").content
        # The date of expiry changes once a day only: an export writes what has changed.
        before = path.stat().st_mtime_ns
        installation.clock.forward(minutes=1)
        exported(installation, tmp_path / "site")
        assert path.stat().st_mtime_ns == before
    with open_installation(sqlite_url, tmp_path / "data") as installation:
        exported(installation, tmp_path / "site")
    assert not path.exists()
