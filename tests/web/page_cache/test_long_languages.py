"""Languages that strangers ask for at any length take no memory."""

import tracemalloc
from collections.abc import Callable
from dataclasses import replace

import pytest

from app.web.page_cache.surface import NO_LANGUAGE, LanguageRequest, choose_variant, known_variant
from tests.web.page_cache.serving.test_request_memo import FACTS

REQUESTS: dict[str, Callable[[str], LanguageRequest]] = {
    "path": lambda tag: LanguageRequest(tag, (), ""),
    "query": lambda tag: LanguageRequest(None, (tag,), ""),
    "header": lambda tag: LanguageRequest(None, (), tag),
}


@pytest.mark.parametrize("kind", REQUESTS)
def test_no_long_language_is_memoised(kind: str) -> None:
    facts = replace(FACTS, languages=("en", "sv"))
    choose_variant(REQUESTS[kind]("sv"), facts)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for number in range(100):
            # Each is made anew: only what is kept of it takes memory afterwards.
            request = REQUESTS[kind](f"en-{number:04}" + "-abcdefgh" * 4000)
            known_variant(request, facts)
            assert choose_variant(request, facts) != NO_LANGUAGE
            del request
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert grown < 500_000, "each was of 36,000 bytes"
