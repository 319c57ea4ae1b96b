"""Stored JSON of clients and advice, also as the first release wrote it."""

from datetime import UTC, datetime

from app.domain.certificates.findings import Reason, Tier
from app.domain.certificates.forecast import Client, ForecastAdvice
from app.domain.texts.localized_text import LocalizedText
from app.usecases.chains.client_json import advice_from_json, clients_from_json, clients_to_json

STORED = {
    "id": "legacy-openssl",
    "label": {"en": "OpenSSL 1.0.2", "sv": "OpenSSL 1.0.2 och äldre"},
    "tier": "legacy",
    "share": "7 %",
    "reason": "expired",
    "at": "2021-09-30T14:01:15+00:00",
}
OLDER = Client(
    "legacy-openssl",
    LocalizedText.from_mapping(
        {"en": "OpenSSL 1.0.2", "sv": "OpenSSL 1.0.2 och äldre"}, default="en"
    ),
    Tier.LEGACY,
    "7 %",
    Reason.EXPIRED,
    datetime(2021, 9, 30, 14, 1, 15, tzinfo=UTC),
)
CURRENT = Client("current", LocalizedText.of("Browsers", "en"), Tier.CURRENT)
STORED_CURRENT = {
    "id": "current",
    "label": {"en": "Browsers"},
    "tier": "current",
    "share": None,
    "reason": "ok",
    "at": None,
}


def test_clients_of_the_first_release_are_read() -> None:
    assert clients_from_json([STORED, STORED_CURRENT]) == (OLDER, CURRENT)


def test_clients_are_read_as_they_were_written() -> None:
    assert clients_from_json(clients_to_json([OLDER, CURRENT])) == (OLDER, CURRENT)


def test_clients_are_written_with_the_keys_of_the_first_release() -> None:
    first, second = clients_to_json([OLDER, CURRENT])
    assert {**first, "at": STORED["at"]} == STORED
    assert second == STORED_CURRENT


def test_advice_of_the_first_release_is_read() -> None:
    stored = {
        "code": "advice.leave_out",
        "subject": "Demo Root X1",
        "issuer": "CN=Demo Old Root X3,O=Fyr Demo",
        "saves": [STORED],
        "costs": [],
    }
    assert advice_from_json(stored) == ForecastAdvice(
        "advice.leave_out", "Demo Root X1", "CN=Demo Old Root X3,O=Fyr Demo", (OLDER,), ()
    )


def test_advice_is_read_as_it_was_written() -> None:
    stored = {
        "code": "advice.leave_out",
        "subject": "",
        "issuer": "",
        "gained": [],
        "lost": [STORED],
    }
    assert advice_from_json(stored).lost == (OLDER,)
