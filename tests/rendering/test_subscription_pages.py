from typing import Any

import pytest
from lxml import html

from app.i18n.languages import LANGUAGES, direction, native_name
from tests.languages import SAMPLE
from tests.rendering.pseudo import Pseudo, bare_texts
from tests.rendering.subscription_cases import PAGES

# What the records of the cases hold, and names of languages in themselves.
DATA = {
    *("Harbour", "Payments", "Checkout", "Card terminals", "Website", "Old tills", "UTC"),
    *("vera@example.net", "https://example.net/status", "Asia/Tokyo", "and", "Oct"),
    *(native_name(tag) for tag in LANGUAGES),
}


@pytest.mark.parametrize("case", PAGES)
def test_every_text_of_a_page_goes_through_the_catalogue(case: str) -> None:
    assert bare_texts(PAGES[case]("en", Pseudo()), data=DATA) == []


@pytest.mark.parametrize("language", SAMPLE)
@pytest.mark.parametrize("case", PAGES)
def test_every_page_is_whole_in_every_language(case: str, language: str) -> None:
    root: Any = html.document_fromstring(PAGES[case](language, None).decode())

    assert (root.get("lang"), root.get("dir")) == (language, direction(language))
    assert root.findtext("head/title")
    assert root.xpath("//meta[@name='description']/@content") != [""]
    assert len(root.xpath("//h1")) == 1
    ids = root.xpath("//@id")
    assert len(ids) == len(set(ids))
    described = " ".join(root.xpath("//@aria-describedby")).split()
    assert set(described) <= set(ids)
    # Each field has its label; nothing runs or styles but our own files.
    for field in root.xpath("//input[not(@type='hidden')] | //select"):
        assert field.xpath("ancestor::label") or root.xpath(f"//label[@for='{field.get('id')}']")
    assert not root.xpath("//style | //iframe | //base | //@style | //@*[starts-with(name(),'on')]")
    assert all(
        each.startswith("/static/") for each in root.xpath("//link[@rel='stylesheet']/@href")
    )
