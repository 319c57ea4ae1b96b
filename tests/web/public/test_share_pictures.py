"""Pictures that link previews show: for the page and for each incident."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from lxml import html
from PIL import Image

from app.domain.statuses import IncidentStatus, ServiceStatus
from app.usecases.incidents.lifecycle import delete_incident, post_update
from tests.cast import BASE_URL, Installation, open_installation
from tests.factories import make_incident, make_service, update

MAJOR = ServiceStatus.MAJOR_OUTAGE
GREEN, RED, GREY = (37, 149, 111), (197, 29, 40), (129, 134, 143)


@pytest.fixture
def installation(sqlite_url: str, tmp_path: Path) -> Iterator[Installation]:
    """A page with a service; its folder is that of the database."""
    with open_installation(sqlite_url, tmp_path) as made:
        with made.writing() as ctx:
            make_service(ctx, "payments", name="Card payments")
        yield made


def outage(
    installation: Installation, title: str = "Payments fail", *, publish: bool = True
) -> str:
    """The id of a new incident with a major outage."""
    with installation.writing() as ctx:
        return make_incident(
            ctx, update(services={"payments": MAJOR}), title=title, publish=publish
        ).incident.id


def opened(content: bytes) -> Image.Image:
    with Image.open(BytesIO(content)) as picture:
        assert picture.format == "PNG"
        return picture.convert("RGB")


def head(installation: Installation, path: str) -> dict[str, str]:
    """What the page tells link previews, by property or name."""
    tags = html.fromstring(installation.vera.get(path).content).iter("meta")
    return {str(tag.get("property") or tag.get("name")): str(tag.get("content")) for tag in tags}


def test_the_page_has_a_picture_of_its_status_in_each_language(installation: Installation) -> None:
    calm = installation.vera.get("/en/share.png")
    assert (calm.status_code, calm.headers["content-type"]) == (200, "image/png")
    assert calm.headers["content-language"] == "en"
    assert opened(calm.content).size == (1200, 630)
    assert opened(calm.content).getpixel((3, 300)) == GREEN
    outage(installation)
    pictures = {
        tag: installation.vera.get(f"/{tag}/share.png").content for tag in ("en", "sv", "ar")
    }
    assert len({calm.content, *pictures.values()}) == 4
    assert opened(pictures["en"]).getpixel((3, 300)) == RED
    assert opened(pictures["ar"]).getpixel((1196, 300)) == RED


def test_the_picture_without_a_language_is_negotiated_as_the_page_is(
    installation: Installation,
) -> None:
    swedish = installation.vera.get("/share.png", headers={"Accept-Language": "sv"})
    assert swedish.headers["vary"] == "Accept-Language, Accept-Encoding"
    assert swedish.content == installation.vera.get("/sv/share.png").content
    assert installation.vera.get("/share.png?lang=sv").content == swedish.content


def test_an_incident_has_a_picture_that_changes_when_it_is_resolved(
    installation: Installation,
) -> None:
    incident = outage(installation)
    path = f"/sv/incidents/{incident}/share.png"
    first = installation.vera.get(path)
    assert opened(first.content).getpixel((3, 300)) == RED
    installation.clock.forward(hours=2, minutes=7)
    with installation.writing() as ctx:
        post_update(ctx, incident, update(IncidentStatus.RESOLVED))
    second = installation.vera.get(path)
    assert second.headers["etag"] != first.headers["etag"]
    assert opened(second.content).getpixel((3, 300)) == GREEN


def test_a_picture_is_sent_once_and_then_confirmed(installation: Installation) -> None:
    got = installation.vera.get("/en/share.png")
    asked = {"If-None-Match": got.headers["etag"], "Accept-Encoding": "br, gzip, zstd"}
    again = installation.vera.get("/en/share.png", headers=asked)
    assert (again.status_code, again.content) == (304, b"")
    asked_for_head = installation.vera.ask("HEAD", "/en/share.png")
    assert (asked_for_head.status_code, asked_for_head.content) == (200, b"")
    assert asked_for_head.headers["content-length"] == str(len(got.content))


def test_a_picture_is_not_compressed_a_second_time(installation: Installation) -> None:
    got = installation.vera.get("/en/share.png", headers={"Accept-Encoding": "br, gzip, zstd"})
    assert "content-encoding" not in got.headers
    stored = installation.app.state.fyr.renderer.store.get(b"/en/share.png")
    assert list(stored.encodings) == ["identity"]


def test_other_sites_may_show_a_picture_that_can_do_nothing(installation: Installation) -> None:
    headers = installation.vera.get("/en/share.png").headers
    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert headers["content-security-policy"].startswith("default-src 'none'")


def test_what_is_hidden_has_no_picture(installation: Installation) -> None:
    draft = outage(installation, publish=False)
    gone = outage(installation, "Gone")
    shown = installation.vera.get(f"/en/incidents/{gone}/share.png")
    assert shown.status_code == 200
    with installation.writing() as ctx:
        delete_incident(ctx, gone)
    for id_ in (draft, gone, "abcdefghijkl", "%2e%2e", "x" * 300):
        assert installation.vera.get(f"/en/incidents/{id_}/share.png").status_code == 404
    assert installation.vera.get("/fi/share.png").status_code == 404


def test_a_picture_of_before_is_served_while_the_database_is_away(
    installation: Installation, tmp_path: Path
) -> None:
    incident = outage(installation)
    paths = ("/en/share.png", f"/ar/incidents/{incident}/share.png")
    before = [installation.vera.get(path).content for path in paths]
    renderer = installation.app.state.fyr.renderer
    renderer.serving = True
    renderer.mark_stale(installation.clock())
    installation.database.close()
    for file in tmp_path.glob("fyr.db*"):
        file.unlink()
    (tmp_path / "fyr.db").mkdir()
    assert [installation.vera.get(path).content for path in paths] == before
    # One that was never drawn names the page without a status; what is hidden is not known.
    unknown = installation.vera.get("/sv/share.png")
    assert (unknown.status_code, unknown.headers["content-type"]) == (200, "image/png")
    assert opened(unknown.content).getpixel((3, 300)) == GREY
    assert installation.vera.get(f"/sv/incidents/{incident}/share.png").status_code == 503


@pytest.mark.parametrize("tag", ["en", "sv", "ar"])
def test_each_page_names_its_picture_by_a_full_url(installation: Installation, tag: str) -> None:
    incident = outage(installation)
    for path, picture in (
        ("/", "/share.png"),
        ("/history", "/share.png"),
        ("/services/payments", "/share.png"),
        (f"/incidents/{incident}", f"/incidents/{incident}/share.png"),
    ):
        found = head(installation, f"/{tag}{path}")
        url = found["og:image"]
        assert re.fullmatch(re.escape(f"{BASE_URL}/{tag}{picture}") + r"\?v=[0-9]+", url)
        assert (found["og:image:width"], found["og:image:height"]) == ("1200", "630")
        assert found["og:image:alt"] == found["og:description"] == found["description"]
        assert found["twitter:card"] == "summary_large_image"
        assert opened(installation.vera.get(url).content).size == (1200, 630)


def test_the_description_says_the_status(installation: Installation) -> None:
    assert head(installation, "/en/")["description"].startswith("All services are working. ")
    incident = outage(installation)
    assert head(installation, "/en/")["og:description"].startswith("Major outage: Card payments. ")
    found = head(installation, f"/en/incidents/{incident}")
    assert found["og:description"].startswith(
        "Incident: Payments fail. Major outage, Investigating. "
    )
    service = head(installation, "/sv/services/payments")
    assert service["og:description"].startswith("Card payments: Omfattande avbrott. ")


def test_a_change_gives_the_picture_another_url_so_that_previews_fetch_it_again(
    installation: Installation,
) -> None:
    before = head(installation, "/en/")["og:image"]
    outage(installation)
    assert head(installation, "/en/")["og:image"] != before


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]", "http://0.0.0.0:8000"],
)
def test_a_page_without_a_public_address_names_no_picture(
    sqlite_url: str, tmp_path: Path, address: str
) -> None:
    with open_installation(sqlite_url, tmp_path, base_url=address) as made:
        found = head(made, f"{address}/en/")
        assert "og:image" not in found
        assert "twitter:card" not in found
        assert made.vera.get(f"{address}/en/share.png").status_code == 200


@pytest.mark.parametrize(
    "title",
    [
        "🔥🚨",
        "決済が失敗しています",
        "<b>&amp;</b> \u202egnp.exe",
        "W" * 200,
        "صفحة Login (v2.1) 502",
    ],
    ids=["emoji", "ja", "html", "word", "mixed"],
)
def test_any_title_gives_a_picture(installation: Installation, title: str) -> None:
    incident = outage(installation, title)
    for tag in ("en", "ar"):
        got = installation.vera.get(f"/{tag}/incidents/{incident}/share.png")
        assert got.status_code == 200
        assert opened(got.content).size == (1200, 630)
