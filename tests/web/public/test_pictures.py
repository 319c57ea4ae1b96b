"""The picture of the certificates on the page of an incident, as visitors get it."""

from pathlib import Path

import pytest
from lxml import etree

from tests.cast import Installation
from tests.usecases.targets.forecasting import HOST, ForecastDriver, broken, only_id

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def incident(own_installation: Installation, tmp_path: Path) -> str:
    """The id of an incident about a chain."""
    forecasting = ForecastDriver(own_installation, tmp_path)
    broken(forecasting)
    return only_id(forecasting)


def test_the_page_shows_the_picture_and_says_the_same_in_words(
    own_installation: Installation, incident: str
) -> None:
    page = own_installation.vera.get(f"/en/incidents/{incident}").text
    assert f'src="/en/incidents/{incident}/chain-failing.svg"' in page
    assert "“Demo Old Root X3” is valid from " in page
    assert "older on-site devices and card terminals (7\xa0%)" in page


@pytest.mark.parametrize(
    ("tag", "title"),
    [
        ("en", f"The certificates that {HOST} served while clients failed"),
        ("sv", f"Certifikaten som {HOST} skickade medan klienter inte kunde ansluta"),
    ],
)
def test_the_picture_is_described_in_the_visitors_language(
    own_installation: Installation, incident: str, tag: str, title: str
) -> None:
    answer = own_installation.vera.get(f"/{tag}/incidents/{incident}/chain-failing.svg")
    assert answer.headers["content-type"] == "image/svg+xml; charset=utf-8"
    assert answer.headers["content-language"] == tag
    picture = etree.fromstring(answer.content)
    assert picture.findtext(f"{SVG}title") == title
    assert len(picture.findall(f"{SVG}rect")) == 4


def test_opened_by_itself_the_picture_may_use_its_own_style_and_nothing_else(
    own_installation: Installation, incident: str
) -> None:
    policy = own_installation.vera.get(f"/en/incidents/{incident}/chain-failing.svg").headers[
        "content-security-policy"
    ]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def test_there_is_no_picture_of_what_has_not_been_seen(
    own_installation: Installation, incident: str
) -> None:
    for name in ("chain-mended.svg", "chain-other.svg"):
        assert own_installation.vera.get(f"/en/incidents/{incident}/{name}").status_code == 404
