"""The page's logo: uploaded by an admin, seen by everybody."""

import re
from collections.abc import Callable

import feedparser  # type: ignore[import-untyped]
import httpx
import pytest

from app.domain.permissions import Role
from tests.cast import BASE_URL, Installation
from tests.console import Staff, staff
from tests.pictures.samples import MARK, raster, wordmark

HERE = "/console/page/logo"
PNG = raster("PNG", (240, 80))


@pytest.fixture
def ada(installation: Installation) -> Staff:
    return staff(installation, Role.ADMIN)


@pytest.fixture
def put_up(ada: Staff) -> Callable[..., httpx.Response]:
    """Send a file as a browser does; its name and type are wrong on purpose."""

    def send(content: bytes, scheme: str = "light", name: str = "logo.txt") -> httpx.Response:
        return ada.ask(
            "POST",
            HERE,
            data={"scheme": scheme},
            files={"logo": (name, content, "text/html")},
            headers={"Origin": BASE_URL, "Sec-Fetch-Site": "same-origin"},
        )

    return send


def shown(installation: Installation, path: str = "/en/") -> list[str]:
    """The addresses of the logos on a page."""
    return re.findall(r'(?:src|srcset)="(/logo-[^"]+)"', installation.vera.get(path).text)


def test_a_logo_stands_at_the_head_of_every_page_beside_the_name(
    installation: Installation, ada: Staff, put_up: Callable[..., httpx.Response]
) -> None:
    assert put_up(PNG).headers["location"] == HERE
    (address,) = shown(installation)
    assert re.fullmatch(r"/logo-[0-9a-f]{10}\.png", address)
    for path in ("/en/", "/ar/history", "/en/nothing-here"):
        page = installation.vera.get(path).text
        assert f'src="{address}" alt="" width="120" height="40"' in page
        assert "Status" in page.partition("</picture>")[2].partition("</a>")[0]
    assert f'src="{address}"' in ada.get("/console/").text
    assert f'src="{address}"' in ada.get(HERE).text


def test_a_logo_that_says_the_name_stands_in_its_place(
    installation: Installation, ada: Staff, put_up: Callable[..., httpx.Response]
) -> None:
    put_up(MARK)
    ada.send(f"{HERE}/name", {"logo_contains_name": "on"})
    page = installation.vera.get("/en/").text
    assert re.search(r'src="/logo-[0-9a-f]{10}\.svg" alt="Status" width="120" height="40"', page)
    assert not re.search(r"</picture>\s+Status</a>", page)
    ada.send(f"{HERE}/name", {})
    assert re.search(r"</picture>\s+Status</a>", installation.vera.get("/en/").text)


@pytest.mark.parametrize(
    ("content", "kind"), [(PNG, "image/png"), (MARK, "image/svg+xml")], ids=["png", "svg"]
)
def test_it_is_served_for_ever_as_what_it_is_and_may_do_nothing(
    installation: Installation,
    put_up: Callable[..., httpx.Response],
    content: bytes,
    kind: str,
) -> None:
    put_up(content)
    (address,) = shown(installation)
    answer = installation.vera.get(address)
    assert answer.status_code == 200
    expected = {
        "content-type": kind,
        "cache-control": "public, max-age=31536000, immutable",
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        "cross-origin-resource-policy": "cross-origin",
        "vary": "Accept-Encoding",
        "content-language": None,
    }
    assert {name: answer.headers.get(name) for name in expected} == expected


def test_it_is_not_sent_again_to_a_browser_that_has_it(
    installation: Installation, put_up: Callable[..., httpx.Response]
) -> None:
    put_up(PNG)
    (address,) = shown(installation)
    known = {"If-None-Match": installation.vera.get(address).headers["etag"]}
    assert installation.vera.get(address, headers=known).status_code == 304


def test_another_for_dark_is_given_to_dark_devices_alone(
    installation: Installation, put_up: Callable[..., httpx.Response]
) -> None:
    assert put_up(PNG, "dark").status_code == 422  # first the one for light
    put_up(PNG)
    assert 'class="logo lit"' in installation.vera.get("/en/").text
    put_up(raster("PNG", (120, 80), "L"), "dark")
    dark, _ = shown(installation)
    page = installation.vera.get("/en/").text
    assert f'srcset="{dark}" media="(prefers-color-scheme: dark)" width="60" height="40"' in page
    assert 'class="logo"' in page


def test_what_was_replaced_or_taken_down_is_gone(
    installation: Installation, ada: Staff, put_up: Callable[..., httpx.Response]
) -> None:
    put_up(PNG)
    (first,) = shown(installation)
    assert installation.vera.get(first).status_code == 200
    put_up(MARK)
    put_up(MARK.replace(b"1a5fb4", b"8ab4f8"), "dark")
    dark, light = shown(installation)
    assert installation.vera.get(first).status_code == 404
    assert installation.vera.get(light.replace(".svg", ".png")).status_code == 404
    ada.confirm(f"{HERE}/remove", {"scheme": "dark"})
    assert shown(installation) == [light]
    ada.confirm(f"{HERE}/remove", {"scheme": "light"})
    assert shown(installation) == []
    assert [installation.vera.get(each).status_code for each in (light, dark)] == [404, 404]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "Choose a file."),
        (b"%PDF-1.7", "not a PNG"),
        (wordmark("<script>x</script>"), "Remove &lt;script&gt; in line 1"),
        (raster("PNG", (640, 20)), "at most ten times as wide"),
    ],
)
def test_what_is_wrong_is_shown_beside_the_field(
    installation: Installation, put_up: Callable[..., httpx.Response], content: bytes, expected: str
) -> None:
    answer = put_up(content)
    assert answer.status_code == 422
    problem = answer.text.partition('id="logo-light-problem"')[2].partition("</p>")[0]
    assert expected in problem
    assert shown(installation) == []


def test_more_than_an_upload_may_have_is_refused_unread(
    put_up: Callable[..., httpx.Response],
) -> None:
    assert put_up(PNG + bytes(1_500_000)).status_code in {303, 422}
    assert put_up(bytes(2_200_000)).status_code == 413


def test_the_trail_shows_which_picture_and_not_the_picture(
    installation: Installation, ada: Staff, put_up: Callable[..., httpx.Response]
) -> None:
    put_up(MARK)
    ada.confirm(f"{HERE}/remove", {"scheme": "light"})
    removed, put = installation.ada.get("/api/v1/audit").json()["items"][:2]
    assert (removed["action"], put["action"]) == ("logo.remove", "logo.set")
    assert removed["before"] == put["after"]
    assert set(put["after"]) == {"sha256", "kind", "bytes", "width", "height"}


def test_feeds_name_it_and_previews_of_links_show_the_status_instead(
    installation: Installation, put_up: Callable[..., httpx.Response]
) -> None:
    put_up(PNG)
    (address,) = shown(installation)
    atom = feedparser.parse(installation.vera.get("/en/feed.atom").content)
    rss = feedparser.parse(installation.vera.get("/history.rss").content)
    assert atom.feed.logo == BASE_URL + address
    assert (rss.feed.image.href, rss.feed.image.width) == (BASE_URL + address, 144)
    page = installation.vera.get("/en/").text
    assert f'<meta property="og:image" content="{BASE_URL}/en/share.png?v=' in page
    assert address not in page.partition("</head>")[0]
    put_up(MARK)  # RSS knows no drawings
    assert "image" not in feedparser.parse(installation.vera.get("/history.rss").content).feed
