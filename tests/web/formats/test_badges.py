"""Badges at their addresses."""

import pytest
from lxml import etree

from app.domain.statuses import ServiceStatus
from tests.cast import Installation
from tests.factories import make_incident, make_service, update


@pytest.fixture
def troubled(installation: Installation) -> Installation:
    with installation.writing() as ctx:
        make_service(ctx, "payments", name="Payments")
        make_service(ctx, "mail", name="Mail")
        make_incident(ctx, update(services={"mail": ServiceStatus.MAJOR_OUTAGE}))
    return installation


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/badge.svg", "Status: Major outage: Mail"),
        ("/badge-dark.svg", "Status: Major outage: Mail"),
        ("/sv/badge.svg", "Status: Omfattande avbrott: Mail"),
        ("/services/mail/badge.svg", "Mail: Major outage"),
        ("/sv/services/payments/badge-dark.svg", "Payments: Fungerar"),
    ],
)
def test_a_badge_says_the_state(troubled: Installation, path: str, title: str) -> None:
    answer = troubled.vera.get(path)
    assert answer.headers["content-type"] == "image/svg+xml; charset=utf-8"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert etree.fromstring(answer.content)[0].text == title


def test_light_and_dark_differ(troubled: Installation) -> None:
    light, dark = (troubled.vera.get(f"/{name}.svg").text for name in ("badge", "badge-dark"))
    assert light != dark


def test_the_icon_shows_the_state(installation: Installation) -> None:
    with installation.writing() as ctx:
        make_service(ctx, "mail")
    calm = installation.vera.get("/favicon.svg")
    with installation.writing() as ctx:
        make_incident(ctx, update(services={"mail": ServiceStatus.MAJOR_OUTAGE}))
    assert installation.vera.get("/favicon.svg").text != calm.text
    assert calm.headers["content-type"].startswith("image/svg+xml")
