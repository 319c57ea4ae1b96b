"""With Fyr dead, nginx on an export gives the same pages with the same headers."""

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass

import brotli
import httpx
import pytest
import zstandard

from app.db.migrate import upgrade
from app.domain.page.logos import ColourScheme
from app.rendering import assets
from app.usecases.page import logo
from app.usecases.page.settings import PageChange, edit_page
from app.usecases.public import history
from app.web import formats, public
from tests.cast import Installation, open_installation
from tests.databases import Run, copy_sqlite
from tests.export.conftest import exported
from tests.export.nginx import serving
from tests.factories import make_incident, make_maintenance, make_service
from tests.pictures.samples import MARK, raster

# What a server says of itself and of files. A validator is only good at the server that made it.
OF_THE_SERVER = {
    "accept-ranges", "connection", "content-length", "date", "etag", "last-modified", "server",
    "x-request-id",
}  # fmt: skip
DECODED = {
    "": lambda body: body,
    "br": brotli.decompress,
    "gzip": gzip.decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body),
}


@dataclass
class Pair:
    """Vera at the application, and at an nginx on its export."""

    installation: Installation
    nginx: httpx.Client
    addresses: list[str]

    def both(self, path: str, **headers: str) -> tuple[httpx.Response, httpx.Response]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named.setdefault("Accept-Encoding", "identity")
        return self.installation.vera.get(path, headers=named), self.nginx.get(path, headers=named)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("pair")
    copy_sqlite(Run.current(), upgrade, folder / "fyr.db")
    contact = {"security_contact": "mailto:security@example.com"}
    url = f"sqlite:///{folder / 'fyr.db'}"
    with open_installation(url, folder / "data", **contact) as installation:
        with installation.writing() as ctx:
            logo.set_logo(ctx, MARK)
            logo.set_logo(ctx, raster("PNG"), ColourScheme.DARK)
            edit_page(ctx, PageChange(accent_light="#1a5fb4"))
            make_service(ctx, "mail")
            make_service(ctx, "card-payments", group="Shop")
            make_incident(ctx, title="No mail")
            make_incident(ctx, title="TopSecret", publish=False)
            make_maintenance(ctx, "mail", recurrence="FREQ=WEEKLY")
        exported(installation, folder / "site", markdown=True)
        with installation.reading() as ctx:
            contents = history.site_contents(ctx)
        addresses = [
            f"{tag}{surface.path_for(named)}"
            for surface in (*public.SURFACES, *formats.SURFACES)
            for named in surface.every(contents)
            for tag in ("", "/sv")[: 1 + surface.language_prefixed]
        ]
        assert {f"/sv/incidents/{each}" for each in contents.incidents} < set(addresses)
        addresses += [*map(assets.asset_path, assets.ASSETS), "/favicon.ico", "/embed.js"]
        # Otherwise each answer is rendered anew.
        installation.app.state.fyr.renderer.serving = True
        with serving(folder / "site", folder / "nginx") as client:
            yield Pair(installation, client, addresses)


def compared(answer: httpx.Response) -> dict[str, str]:
    """The headers that say something of the page."""
    return {name: each for name, each in answer.headers.items() if name not in OF_THE_SERVER}


def agree(pair: Pair, path: str, **headers: str) -> httpx.Response:
    """Both answer alike; nginx's answer."""
    ours, theirs = pair.both(path, **headers)
    assert (theirs.status_code, theirs.content) == (ours.status_code, ours.content), path
    assert compared(theirs) == compared(ours), path
    return theirs


def test_every_address_has_the_same_bytes_and_headers(pair: Pair) -> None:
    for path in pair.addresses:
        assert agree(pair, path).status_code == 200, path


def test_every_address_on_the_map_is_there(pair: Pair) -> None:
    def listed(path: str) -> list[str]:
        pattern = r"<loc>https://status\.example\.com(.*?)</loc>"
        return re.findall(pattern, pair.nginx.get(path).text)

    found = [path for part in listed("/sitemap.xml") for path in listed(part)]
    assert len(found) > 10
    for path in found:
        assert pair.nginx.head(path).status_code == 200, path


@pytest.mark.parametrize(
    "accept", ["sv", "sv-FI, en;q=0.5", "de, ar;q=0.9", "de", "EN-us,sv;q=0.8", "en;q=0, sv"]
)
def test_the_language_is_negotiated(pair: Pair, accept: str) -> None:
    for path in ("/", "/history", "/badge.svg", "/api/v2/status.json", "/history.ics", "/nothing"):
        agree(pair, path, Accept_Language=accept)


def test_the_query_names_a_language(pair: Pair) -> None:
    for query in ("locale=sv", "lang=ar", "locale=SV-fi", "utm=1", "locale=de&lang=ar"):
        for path in ("/", "/ar/", "/history", "/api/v2/summary.json", "/history.atom"):
            agree(pair, f"{path}?{query}", Accept_Language="en")


def test_what_is_elsewhere_is_led_to(pair: Pair) -> None:
    incident = pair.addresses[0].removeprefix("/incidents/")
    for path in ("/SV/history", "/sv", "/Sv/services/mail?x=1", f"/i/{incident}"):
        ours, theirs = pair.both(path)
        assert theirs.status_code == ours.status_code in {302, 308}, path
        assert theirs.headers["Location"] == ours.headers["Location"]


def test_what_is_nowhere_gets_the_page_that_says_so(pair: Pair) -> None:
    for path in (
        "/nothing",
        "/sv/nothing",
        "/en/history/",
        "/history/2199-01",
        "/incidents/zzzzzzzzzzzz",
        "/i/zzzzzzzzzzzz",
        "/sv/index.html",
        "/404.html",
        "/api/v2/unknown.json",
    ):
        assert agree(pair, path, Accept_Language="sv").status_code == 404, path


def test_files_that_are_no_pages_are_not_served(pair: Pair) -> None:
    for path in ("/.fyr/export.json", "/.fyr/nginx/server.conf", "/sv~/robots.txt", "/.fyr/"):
        assert pair.nginx.get(path).status_code == 404
    for path in ("/index.html.br", "/en/history.html", "/en/api/v2/status.json", "/..%2fdata"):
        assert pair.nginx.get(path).status_code in {400, 404}


@pytest.mark.parametrize(
    "accept",
    ["gzip", "br", "zstd", "gzip, deflate, br, zstd", "br;q=0, zstd;q=0.5", "*", "deflate", ""],
)
def test_the_coding_is_negotiated(pair: Pair, accept: str) -> None:
    for path in ("/", "/sv/history", "/nothing", "/api/v2/summary.json", "/favicon.svg"):
        ours, theirs = pair.both(path, Accept_Encoding=accept)
        assert compared(theirs) == compared(ours)
        assert theirs.content == ours.content


@pytest.mark.parametrize(
    ("accept", "coding"), [("gzip, deflate, br, zstd", "gzip"), ("br", None), ("gzip;q=0", None)]
)
def test_a_page_of_an_incident_is_sent_in_gzip_or_as_it_is(
    pair: Pair, accept: str, coding: str | None
) -> None:
    ours, theirs = pair.both(pair.addresses[0], Accept_Encoding=accept)
    assert theirs.headers.get("Content-Encoding") == coding
    assert theirs.content == ours.content
    assert theirs.headers["Vary"] == ours.headers["Vary"]


def test_who_has_a_page_already_is_not_sent_it_again(pair: Pair) -> None:
    for coding in ("identity", "br"):
        for path in ("/", "/sv/services/mail", "/api/v2/summary.json", "/embed.js"):
            first = pair.nginx.get(path, headers={"Accept-Encoding": coding})
            known = {"Accept-Encoding": coding, "If-None-Match": first.headers["ETag"]}
            again = pair.nginx.get(path, headers=known)
            assert (again.status_code, again.content) == (304, b"")
            for name in ("Cache-Control", "Vary", "ETag"):
                assert again.headers[name] == first.headers[name]


def test_who_wants_text_gets_text_at_the_first_page(pair: Pair) -> None:
    for path in ("/", "/sv/"):
        for accept in ("text/plain", "text/markdown", "text/html, text/plain;q=0.5", "*/*"):
            agree(pair, path, Accept=accept, Accept_Language="ar")


def test_browsers_may_ask_before_they_read(pair: Pair) -> None:
    ours = pair.installation.vera.ask("OPTIONS", "/api/v2/summary.json")
    theirs = pair.nginx.options("/api/v2/summary.json")
    assert (theirs.status_code, theirs.content) == (204, b"")
    assert compared(theirs) == compared(ours)


def test_only_reading_is_served(pair: Pair) -> None:
    head = pair.nginx.head("/sv/")
    assert (head.status_code, head.content) == (200, b"")
    assert compared(head) == compared(pair.nginx.get("/sv/"))
    assert pair.nginx.post("/").status_code == 405
    assert pair.nginx.get("/", headers={"Range": "bytes=0-9"}).status_code == 200


def test_the_contact_for_faults_in_security_is_served(pair: Pair) -> None:
    ours, theirs = pair.both("/.well-known/security.txt")
    assert (theirs.status_code, theirs.content) == (200, ours.content)
    # Only nginx has compressed variants of it.
    assert {**compared(ours), "vary": "Accept-Encoding"} == compared(theirs)
