from collections.abc import Callable

import pytest

from app.i18n import formats
from app.rendering import pages
from tests.rendering import cases, windows
from tests.rendering.pseudo import Pseudo, bare_texts
from tests.rendering.records import NOW

# What the records of the cases hold, and what the calendar says of it.
DATA = {
    *("Harbour", "Booking", "Mobile app", "Checkout", "Card terminals", "Website and apps"),
    *("Payments API", "Payments", "Website", "netPark web access", "Self Park locations"),
    *("Card payments fail at some terminals", "netPark Certificate Outage", "New quay database"),
    *("Swedish", "Arabic"),
    *("and", "Old Root", "pay.example", "Old tills (7\N{NO-BREAK SPACE}%)"),
    *("October", "September", "May"),
    *(formats.month_name(NOW.date().replace(day=1, month=each), "en") for each in range(1, 13)),
}
PSEUDO = Pseudo()

PAGES: dict[str, Callable[[], bytes]] = {
    "all_fine": lambda: pages.overview(cases.all_fine(), "en", catalogue=PSEUDO),
    "incident": lambda: pages.overview(cases.one_incident(), "en", catalogue=PSEUDO),
    "certificate": lambda: pages.overview(cases.certificate_overview(), "en", catalogue=PSEUDO),
    "maintenance": lambda: pages.overview(cases.under_maintenance(), "en", catalogue=PSEUDO),
    "window": lambda: pages.maintenance(windows.maintenance_page(), "en", catalogue=PSEUDO),
    "seed": lambda: pages.incident(
        cases.incident_page(cases.seed_incident()), "en", catalogue=PSEUDO
    ),
    "harbour": lambda: pages.incident(
        cases.incident_page(cases.harbour_incident()), "en", catalogue=PSEUDO
    ),
    "chain": lambda: pages.incident(cases.chain_page(), "en", catalogue=PSEUDO),
    "service": lambda: pages.service(cases.service_page(), "en", catalogue=PSEUDO),
    "history": lambda: pages.history(cases.history_page(), "en", catalogue=PSEUDO),
    "languages": lambda: pages.languages(cases.languages_page(), "en", catalogue=PSEUDO),
    "no_language": lambda: pages.languages(
        cases.languages_page(query="klingon"), "en", catalogue=PSEUDO
    ),
    "not_found": lambda: pages.not_found(cases.not_found_page(), "en", catalogue=PSEUDO),
    "unavailable": lambda: pages.unavailable("en", catalogue=PSEUDO),
    "unreachable": lambda: pages.unreachable("en", catalogue=PSEUDO),
}


@pytest.mark.parametrize("case", PAGES)
def test_every_text_of_a_page_goes_through_the_catalogue(case: str) -> None:
    assert bare_texts(PAGES[case](), data=DATA) == []


def test_a_planted_bare_text_is_found() -> None:
    page = PAGES["all_fine"]().replace(b"<main ", b"<p>Planted words</p><main ")
    assert bare_texts(page, data=DATA) == ["Planted words"]


def test_a_planted_bare_label_is_found() -> None:
    page = PAGES["all_fine"]().replace(b"<main ", b'<p aria-label="Planted label"></p><main ')
    assert bare_texts(page, data=DATA) == ["Planted label"]


def test_a_planted_text_after_an_element_is_found() -> None:
    page = PAGES["all_fine"]().replace(b"</h1>", b"</h1> planted after")
    assert bare_texts(page, data=DATA) == ["planted after"]
