from collections.abc import Callable
from functools import cache

import pytest
from lxml import html

from app.i18n.languages import direction
from app.rendering import pages
from tests.languages import SAMPLE
from tests.rendering import cases, windows
from tests.rendering.busy import busy
from tests.rendering.records import overview

PAGES: dict[str, Callable[[str], bytes]] = {
    "all_fine": lambda tag: pages.overview(cases.all_fine(), tag),
    "busy": lambda tag: pages.overview(busy(), tag),
    "certificate": lambda tag: pages.overview(cases.certificate_overview(), tag),
    "empty": lambda tag: pages.overview(overview(recent=()), tag),
    "chain": lambda tag: pages.incident(cases.chain_page(), tag),
    "history": lambda tag: pages.history(cases.history_page(), tag),
    "hostile": lambda tag: pages.overview(cases.hostile(), tag),
    "incident": lambda tag: pages.overview(cases.one_incident(), tag),
    "maintenance": lambda tag: pages.overview(cases.under_maintenance(), tag),
    "maintenance_page": lambda tag: pages.maintenance(windows.maintenance_page(), tag),
    "maintenance_single": lambda tag: pages.maintenance(windows.single_window_page(), tag),
    "not_found": lambda tag: pages.not_found(cases.not_found_page(), tag),
    "open": lambda tag: pages.incident(cases.incident_page(cases.harbour_incident()), tag),
    "seed": lambda tag: pages.incident(cases.incident_page(cases.seed_incident()), tag),
    "service": lambda tag: pages.service(cases.service_page(), tag),
}


@cache
def page(case: str, language: str) -> html.HtmlElement:
    """A page, rendered and parsed once for all tests."""
    return html.document_fromstring(PAGES[case](language).decode())


@pytest.mark.parametrize("language", SAMPLE)
@pytest.mark.parametrize("case", PAGES)
class TestEveryPage:
    def test_it_is_in_its_language_and_direction(self, case: str, language: str) -> None:
        root = page(case, language)
        assert (root.get("lang"), root.get("dir")) == (language, direction(language))

    def test_it_has_a_title_a_description_and_one_first_heading(
        self, case: str, language: str
    ) -> None:
        root = page(case, language)
        assert root.findtext("head/title")
        assert root.xpath("//meta[@name='description']/@content") != [""]
        assert len(root.xpath("//h1")) == 1

    def test_it_runs_nothing_but_our_own_script_and_style(self, case: str, language: str) -> None:
        root = page(case, language)
        (script,) = root.xpath("//script[not(@type='application/ld+json')]")
        (style,) = root.xpath("//link[@rel='stylesheet']")
        assert script.get("src").startswith("/static/")
        assert not script.text
        assert style.get("href").startswith("/static/")
        assert not root.xpath("//img[not(starts-with(@src, '/'))]")
        assert not root.xpath("//style | //iframe | //object | //form | //base")
        assert not root.xpath("//@style | //@*[starts-with(name(), 'on')]")

    def test_its_ids_and_fragments_fit_together(self, case: str, language: str) -> None:
        root = page(case, language)
        ids = root.xpath("//@id")
        assert len(ids) == len(set(ids))
        assert {link[1:] for link in root.xpath("//@href") if link.startswith("#")} <= set(ids)

    def test_its_links_stay_in_its_language(self, case: str, language: str) -> None:
        root = page(case, language)
        links = root.xpath("//a[not(@hreflang)]/@href")
        assert all(link.startswith((f"/{language}/", "#", "https:", "mailto:")) for link in links)

    def test_every_shape_has_its_word_beside_it(self, case: str, language: str) -> None:
        root = page(case, language)
        for shape in root.xpath("//*[name()='svg'][contains(@class, 'i ')]"):
            assert shape.get("aria-hidden") == "true"
            assert shape.getparent().text_content().strip()
