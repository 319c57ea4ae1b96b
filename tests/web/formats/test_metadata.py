"""What programs that wander the web find."""

from lxml import etree

from tests.cast import Installation
from tests.factories import make_incident, make_service

_MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def test_wanderers_are_led_to_the_map_and_away_from_what_is_not_for_them(
    installation: Installation,
) -> None:
    answer = installation.vera.get("/robots.txt")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    lines = answer.text.splitlines()
    assert lines[0] == "User-agent: *"
    assert "Disallow: /hooks/" in lines
    assert lines[-1] == "Sitemap: https://status.example.com/sitemap.xml"


def test_the_map_leads_to_every_page_in_every_language(installation: Installation) -> None:
    with installation.writing() as ctx:
        make_service(ctx, "mail")
        incident = make_incident(ctx).incident.id
    root = etree.fromstring(installation.vera.get("/sitemap.xml").content)
    found = [place.text or "" for place in root.iter(f"{_MAP}loc")]
    paths = ["/", "/history", "/services/mail", f"/incidents/{incident}"]
    assert found == [
        f"https://status.example.com/{tag}{path}" for path in paths for tag in ("en", "sv", "ar")
    ]
    for address in found:
        assert installation.vera.get(address).status_code == 200
