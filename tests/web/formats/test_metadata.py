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


def addresses(installation: Installation, path: str) -> list[str]:
    root = etree.fromstring(installation.vera.get(path).content)
    return [place.text or "" for place in root.iter(f"{_MAP}loc")]


def test_the_map_leads_to_every_page_in_every_language(installation: Installation) -> None:
    with installation.writing() as ctx:
        make_service(ctx, "mail")
        incident = make_incident(ctx).incident.id
    parts = addresses(installation, "/sitemap.xml")
    assert parts == [
        f"https://status.example.com/sitemap-{tag}-1.xml" for tag in ("en", "sv", "ar")
    ]
    paths = ["/", "/history", "/report", "/services/mail", "/services/mail/report"]
    paths += [f"/history/{installation.clock():%Y-%m}", f"/incidents/{incident}"]
    for tag, part in zip(("en", "sv", "ar"), parts, strict=True):
        found = addresses(installation, part)
        assert found == [f"https://status.example.com/{tag}{path}" for path in paths]
        for address in found:
            assert installation.vera.get(address).status_code == 200


def test_an_unknown_part_of_the_map_is_not_found(installation: Installation) -> None:
    for part in ("en-2", "xx-1", "en", "1", "en-0", "en-%C2%B9"):
        assert installation.vera.get(f"/sitemap-{part}.xml").status_code == 404, part
