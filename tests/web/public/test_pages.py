import re
from datetime import timedelta
from typing import Any

from lxml import html

from app.domain.statuses import IncidentStatus, ServiceStatus
from app.rendering.assets import ASSETS, asset_path
from tests.cast import Installation
from tests.factories import make_incident, make_service, update


def test_the_seed_incident_reads_in_swedish_as_its_document_does(
    installation: Installation, incident_path: str
) -> None:
    page = installation.vera.get(f"/sv{incident_path}").text
    visible_text = " ".join(re.sub(r"<[^>]+>", " ", page[page.index("<main") :]).split())
    order = [
        "netPark Certificate Outage",
        "Postmortem",
        "Löst",
        "All connections should be working at this point.",
        "Bedömd",
        "One of the certificates in our server’s certificate chain expired today.",
        "3 berörda tjänster:",
    ]
    for each in order:
        _, found, visible_text = visible_text.partition(each)
        assert found, each
    for name in ("Självbetjäningsparkeringar", "Kortbetalningar", "Webb och API"):
        assert name in visible_text


def test_the_overview_shows_what_is_open(own_installation: Installation) -> None:
    with own_installation.writing() as ctx:
        make_service(ctx, "payments")
        first = update(IncidentStatus.IDENTIFIED, {"payments": ServiceStatus.PARTIAL_OUTAGE})
        made = make_incident(ctx, first, title="Payments are refused")
    page = own_installation.vera.get("/sv/").text
    assert "Payments are refused" in page
    assert f"/sv/incidents/{made.incident.id}" in page
    assert "Partiellt avbrott" in page


def test_a_draft_is_nowhere(own_installation: Installation) -> None:
    with own_installation.writing() as ctx:
        made = make_incident(ctx, title="Not for your eyes", publish=False)
    for path in ("/", "/sv/", "/history", f"/incidents/{made.incident.id}"):
        answer = own_installation.vera.get(path)
        assert "Not for your eyes" not in answer.text
    assert own_installation.vera.get(f"/incidents/{made.incident.id}").status_code == 404


def test_a_month_lists_its_incidents(installation: Installation, incident_path: str) -> None:
    page = installation.vera.get("/sv/history/2021-09").text
    assert "Incidenter: september 2021" in page
    assert f'href="/sv{incident_path}"' in page


def test_a_month_leads_to_every_month_of_the_history(own_installation: Installation) -> None:
    with own_installation.writing() as ctx:
        make_incident(ctx, update(posted_at=ctx.now - timedelta(days=1000)))
    years, months = _picker(own_installation, "/en/history")
    assert len(years) > 2
    assert len(months) == 12
    for path in (*years, *months):
        assert path is None or own_installation.vera.get(path).status_code == 200, path
    oldest = years[-1]
    assert oldest is not None
    assert _picker(own_installation, oldest)[1][0] is None, "a month before the history has no link"


def _picker(installation: Installation, path: str) -> list[list[str | None]]:
    """The links to years, and to the months of this one; None for one without a link."""
    document: Any = html.fromstring(installation.vera.get(path).text)
    rows = document.xpath("//nav[@class='picker']/ul")
    return [[each[0].get("href") for each in row] for row in rows]


def test_a_service_has_its_page(installation: Installation) -> None:
    page = installation.vera.get("/sv/services/self-park").text
    assert "<h1>Självbetjäningsparkeringar</h1>" in page


def test_hostile_texts_stay_texts(own_installation: Installation) -> None:
    with own_installation.writing() as ctx:
        first = update(body="<script>alert(1)</script> [x](javascript:alert(1)) {{7*7}}")
        make_incident(ctx, first, title="<img src=x onerror=alert(1)>")
    page = own_installation.vera.get("/").text
    assert "<script>alert" not in page
    assert "<img" not in page
    assert 'href="javascript' not in page
    assert "{{7*7}}" in page


def test_head_shows_the_same_as_get_without_a_body(installation: Installation) -> None:
    for path in ("/", "/sv/history", asset_path("fyr.css")):
        got, head = installation.vera.get(path), installation.vera.ask("HEAD", path)
        assert (head.status_code, head.content) == (200, b"")
        for name in ("Content-Type", "Content-Length", "ETag", "Cache-Control", "Vary"):
            assert head.headers[name] == got.headers[name]


def test_other_methods_are_refused(installation: Installation) -> None:
    assert installation.vera.post("/sv/history").status_code == 405


def test_what_a_page_asks_for_is_there(installation: Installation) -> None:
    page = installation.vera.get("/").text
    asked = {name for name in ASSETS if asset_path(name) in page}
    assert asked == {"fyr.css", "fyr.js", "live.js", "tools.js"}
    for name, kind in ASSETS.items():
        answer = installation.vera.get(asset_path(name))
        assert answer.headers["Content-Type"] == kind
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_an_asset_under_the_address_of_another_version_may_not_be_cached(
    installation: Installation,
) -> None:
    answer = installation.vera.get("/static/0123456789/fyr.css")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "public, max-age=10")


def test_only_our_own_assets_are_served(installation: Installation) -> None:
    for name in ("routes.py", "..%2f..%2fmain.py", "fyr.css.map", "%2e%2e"):
        assert installation.vera.get(f"/static/0123456789/{name}").status_code == 404


def test_browsers_find_an_icon_without_reading_a_page(installation: Installation) -> None:
    assert installation.vera.get("/favicon.ico").headers["Content-Type"] == "image/svg+xml"
    # For notifications: browsers decode no SVG picture there.
    assert installation.vera.get("/icon.png").content.startswith(b"\x89PNG")
