import brotli
import pytest

from app.i18n.languages import LANGUAGES
from app.rendering import assets, pages
from tests.rendering.busy import busy

BUDGET = 14 * 1024
# Axis, share of each day, incidents of each day, groups and the legend take 1.9 KB of it.
AIM = 10 * 1024
# A page asks for live.js after some seconds, for tables.css if a text has a table, and for
# forms.css if it has a form.
LATER = ("browser-push.js", "forms.css", "live.js", "push.js", "tables.css", "tools.js")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_view_of_a_very_bad_day_is_small(language: str) -> None:
    at_once = [name for name in assets.ASSETS if not name.startswith(("console.", *LATER))]
    view = [pages.overview(busy(), language), *map(assets.asset_bytes, at_once)]
    size = sum(len(brotli.compress(each)) for each in view)
    assert size < AIM < BUDGET
