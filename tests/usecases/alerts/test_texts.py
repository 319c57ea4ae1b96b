"""What the page says of an incident that nobody wrote: whole sentences in every language."""

from collections.abc import Iterator
from datetime import UTC

import pytest
from lxml import html

from app.i18n.localization import Locale, localize
from app.rendering import pages
from app.usecases.public import pages as public_pages
from tests.usecases.alerts.probing import (
    ProbeDriver,
    expired_for_older_clients,
    fine,
    open_probe_driver,
    silent,
)


@pytest.fixture
def probing(sqlite_url: str) -> Iterator[ProbeDriver]:
    with open_probe_driver(sqlite_url) as opened:
        yield opened


def text_of(probing: ProbeDriver, language: str, newest: int = 0) -> str:
    """The text of an update of the only incident, the newest by default."""
    body = probing.incident().incident.updates[newest].body
    return localize(body, Locale.of(language, default="en", zone=UTC)).text


def title(probing: ProbeDriver, language: str) -> str:
    return localize(
        probing.incident().incident.title, Locale.of(language, default="en", zone=UTC)
    ).text


@pytest.fixture
def broken(probing: ProbeDriver) -> ProbeDriver:
    probing.add_target("pay.example", "payments", "parking")
    probing.serve(expired_for_older_clients)
    probing.let_pass(minutes=2)
    return probing


def test_english_names_host_certificate_date_and_who_is_affected(broken: ProbeDriver) -> None:
    assert title(broken, "en") == "Some older clients cannot connect: Card payments and Parking"
    text = text_of(broken, "en")
    older, current = "Older devices and software (OpenSSL 1.0)", "Current browsers and systems"
    for part in ("“Old Root X3”", "pay.example", "Mar 2, 2026", "12:00", older, current):
        assert part in text


def test_swedish_says_the_same_in_swedish(broken: ProbeDriver) -> None:
    assert "Kortbetalningar och Parkering" in title(broken, "sv")
    text = text_of(broken, "sv")
    for part in ("Old Root X3", "pay.example", "2 mars 2026", "Äldre enheter", "Aktuella webb"):
        assert part in text
    assert "certificate" not in text


def test_arabic_says_the_same_in_arabic(broken: ProbeDriver) -> None:
    assert "الدفع بالبطاقات" in title(broken, "ar")
    text = text_of(broken, "ar")
    for part in ("Old Root X3", "pay.example", "2026", "الأجهزة والبرامج القديمة"):
        assert part in text
    assert "certificate" not in text


def test_the_whole_story_leaves_no_gap_in_any_language(broken: ProbeDriver) -> None:
    broken.add_target("www.example", "web")
    broken.serve(expired_for_older_clients)
    broken.let_pass(minutes=3)
    for _ in range(3):
        broken.serve(fine)
        broken.let_pass(minutes=8, step=60)
        broken.serve(expired_for_older_clients)
        broken.let_pass(minutes=4)
    with broken.database.reading() as ctx:
        record = public_pages.incident(ctx, broken.incident().incident.id)
    assert len(record.incident.updates) >= 7
    for language in ("en", "sv", "ar"):
        page = pages.incident(record, language).decode()
        assert "…" not in "".join(map(str, html.fromstring(page).itertext()))
        assert "%(" not in page


def test_a_silent_host_is_named_with_the_time_it_fell_silent(probing: ProbeDriver) -> None:
    probing.add_target("pay.example", "payments")
    probing.serve(silent)
    probing.let_pass(minutes=4)
    assert title(probing, "en") == "Connections fail: Card payments"
    text = text_of(probing, "en")
    for part in ("pay.example", "Mar 2, 2026", "12:00", "All visitors"):
        assert part in text


def test_the_end_is_shown_with_the_time_since_when_all_is_well(broken: ProbeDriver) -> None:
    broken.serve(fine)
    broken.let_pass(minutes=8, step=60)
    assert text_of(broken, "en").startswith("Our probes have been able to connect without a fault")
    assert "pay.example" in text_of(broken, "en", newest=1)
