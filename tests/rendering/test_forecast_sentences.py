"""Staff read why clients will stop trusting a chain, when, and which clients."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.domain.certificates.findings import Reason, Tier
from app.domain.certificates.forecast import Client, Forecast
from app.domain.certificates.horizon import BreakKind
from app.domain.texts.localized_text import LocalizedText
from app.i18n.localization import Locale
from app.rendering.forecast_sentences import forecast_html, forecast_text

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ENGLISH = Locale.of("en", default="en", zone=ZoneInfo("UTC"))


def read(reason: Reason, *names: str) -> str:
    clients = tuple(Client(each, LocalizedText.of(each, "en"), Tier.CURRENT) for each in names)
    forecast = Forecast(
        "t", "shop.example", 443, NOW + timedelta(days=20), BreakKind.ROOT, reason,
        "Root X1", "ab12", clients, None, None, NOW,
    )  # fmt: skip
    return forecast_text(forecast, ENGLISH, now=NOW)


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (Reason.EXPIRED, "“Root X1” ends on Jun 21, 2026"),
        (Reason.DISTRUSTED, "its maker no longer trusts the root “Root X1” from Jun 21, 2026"),
        (Reason.ISSUER_UNKNOWN, "it no longer finds a path from the chain to a root."),
    ],
)
def test_a_forecast_says_why_clients_will_stop_trusting(reason: Reason, expected: str) -> None:
    text = read(reason, "Old terminals")
    assert text.startswith("1 client profile will stop trusting shop.example in 20 days: ")
    assert expected in text
    assert text.endswith("Affected clients: Old terminals.")


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (Reason.DISTRUSTED, "their makers no longer trust the root"),
        (Reason.ISSUER_UNKNOWN, "they no longer find a path"),
    ],
)
def test_a_forecast_of_several_clients_is_in_the_plural(reason: Reason, expected: str) -> None:
    text = read(reason, "Old terminals", "Old phones")
    assert text.startswith("2 client profiles will stop trusting")
    assert expected in text
    assert text.endswith("Affected clients: Old terminals and Old phones.")


def test_the_time_in_a_forecast_on_a_page_is_for_the_clock_of_the_reader() -> None:
    clients = (Client("old", LocalizedText.of("Old <terminals>", "en"), Tier.CURRENT),)
    at = NOW + timedelta(days=20)
    forecast = Forecast(
        "t", "shop.example", 443, at, BreakKind.ROOT, Reason.EXPIRED, "Root X1", "ab12", clients,
        None, None, NOW,
    )  # fmt: skip
    page = forecast_html(forecast, ENGLISH, now=NOW)
    assert '<time datetime="2026-06-21T12:00:00Z">Jun 21, 2026' in page
    assert page.endswith("Affected clients: Old &lt;terminals&gt;.")
    text = forecast_text(forecast, ENGLISH, now=NOW)
    assert page.striptags().split() == text.split()
