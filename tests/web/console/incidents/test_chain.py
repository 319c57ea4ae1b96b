"""The certificates that clients refused, on the screen of an incident."""

from typing import Any

from lxml import html

from app.domain.permissions import Role
from tests.web.console.populated import Populated


def test_the_diagram_is_described_in_plain_text(populated: Populated) -> None:
    picture = populated.addresses.of("/console/incidents/{incident_id}/chain-{phase}.svg")
    screen = populated.people[Role.VIEWER].get(picture.rpartition("/")[0]).text
    page: Any = html.document_fromstring(screen)
    (figure,) = page.xpath("//figure[.//img]")
    (description,) = figure.xpath(".//img/@alt")
    assert "is valid from" in description
    assert "<" not in description
    assert 'loading="' not in figure.text_content()
