from functools import cache

import brotli
import pytest

from app.i18n.catalogue_files import catalogue_path
from app.i18n.languages import LANGUAGES, SOURCE
from app.rendering import assets, pages
from tests.languages import SAMPLE
from tests.rendering.busy import busy, large

BUDGET = 14 * 1024
# Axis, share of each day, incidents of each day, groups and the legend take 1.9 KB of it.
AIM = 10_600
# A page asks for live.js after some seconds, for tables.css if a text has a table, for forms.css if
# it has a form, and for calendar.css if it is that of a service. icon.png is for notifications.
LATER = (
    "browser-push.js",
    "calendar.css",
    "forms.css",
    "icon.png",
    "live.js",
    "push.js",
    "tables.css",
    "tools.js",
)
# The longest texts: the three largest catalogues, and those that other tests look at.
LARGEST = sorted({*LANGUAGES} - {SOURCE}, key=lambda tag: catalogue_path(tag).stat().st_size)[-3:]


@cache
def size_of_assets() -> int:
    at_once = [name for name in assets.ASSETS if not name.startswith(("console.", *LATER))]
    return sum(len(brotli.compress(assets.asset_bytes(name))) for name in at_once)


@pytest.mark.parametrize("language", sorted({*SAMPLE, *LARGEST}))
def test_the_first_view_of_a_very_bad_day_is_small(language: str) -> None:
    size = len(brotli.compress(pages.overview(busy(), language))) + size_of_assets()
    assert size < AIM < BUDGET


@pytest.mark.parametrize("language", ["en", "ar", "ta", "th"])
def test_the_first_page_of_two_hundred_services_with_incidents_is_below_100_kb(
    language: str,
) -> None:
    assert len(pages.overview(large(), language)) < 100_000
