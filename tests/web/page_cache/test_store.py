from dataclasses import replace
from datetime import timedelta

import pytest

from app.web.page_cache.store import PageStore
from app.web.page_cache.stored_page import (
    PageMeta,
    StoredPage,
    encode_page,
    etag_matches,
    recompress,
)
from tests.fakes import NOON, FixedClock

LOOK = PageMeta("text/html", "en", "public")


def page(
    key: str, *, generation: int = 0, body: bytes = b"x" * 1000, seconds: int = 60
) -> StoredPage:
    expires_at = NOON + timedelta(seconds=seconds)
    return encode_page(key.encode(), body, LOOK, expires_at=expires_at, generation=generation)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def store(clock: FixedClock) -> PageStore:
    return PageStore(50_000, clock)


def test_a_stored_page_is_found_by_its_key(store: PageStore) -> None:
    store.put(page("/en/"))
    assert store.get_fresh(b"/en/") is not None
    assert store.get_fresh(b"/sv/") is None


def test_the_least_recently_used_page_is_evicted_first(store: PageStore) -> None:
    for number in range(5):
        store.put(page(f"/en/{number}"))
    store.get_fresh(b"/en/0")
    for number in range(5, 9):
        store.put(page(f"/en/{number}"))
    assert store.get(b"/en/0") is not None
    assert store.get(b"/en/1") is None


def test_the_store_never_exceeds_its_limit(store: PageStore) -> None:
    for number in range(100):
        store.put(page(f"/en/{number}"))
        assert store.size <= 50_000


def test_storing_a_page_again_does_not_increase_the_size(store: PageStore) -> None:
    for _ in range(100):
        store.put(page("/en/"))
    assert store.size == page("/en/").size


def test_a_pinned_page_is_never_evicted(store: PageStore) -> None:
    store.put(replace(page("/en/"), pinned=True))
    for number in range(100):
        store.put(page(f"/en/{number}"))
    assert store.get(b"/en/") is not None


@pytest.mark.parametrize(("generation", "newest"), [(0, b"kept"), (1, b"visitor's")])
def test_a_page_rendered_for_a_visitor_does_not_unpin_the_page_it_replaces(
    store: PageStore, generation: int, newest: bytes
) -> None:
    store.put(replace(page("/en/", body=b"kept"), pinned=True))
    store.put(page("/en/", body=b"visitor's", generation=generation))
    assert [each.body for each in store.pinned()] == [newest]


def test_invalidation_makes_pages_outdated_but_not_the_pinned_ones(store: PageStore) -> None:
    store.put(page("/en/old"))
    store.put(replace(page("/en/"), pinned=True))
    store.invalidate()
    assert store.get_fresh(b"/en/old") is None
    assert store.get(b"/en/old") is not None
    assert store.get_fresh(b"/en/") is not None


def test_a_page_is_outdated_when_it_expires(store: PageStore, clock: FixedClock) -> None:
    store.put(page("/en/", seconds=60))
    clock.forward(seconds=59)
    assert store.get_fresh(b"/en/") is not None
    clock.forward(seconds=1)
    assert store.get_fresh(b"/en/") is None


def test_an_unpinned_page_is_outdated_and_counts_for_the_size(store: PageStore) -> None:
    store.put(replace(page("/en/"), pinned=True))
    store.unpin_except([])
    assert store.get_fresh(b"/en/") is None
    assert store.size == page("/en/").size


def test_a_page_counts_as_recently_requested_for_a_minute_or_two(
    store: PageStore, clock: FixedClock
) -> None:
    store.put(page("/en/", seconds=600))
    store.put(page("/sv/", seconds=600))
    store.get_fresh(b"/en/")
    store.get_fresh(b"/en/nowhere")
    assert store.recently_requested() == {b"/en/"}
    clock.forward(seconds=60)
    assert store.recently_requested() == {b"/en/"}
    clock.forward(seconds=60)
    assert store.recently_requested() == set()


def test_only_a_fresh_page_can_be_pinned(store: PageStore) -> None:
    store.put(page("/en/"))
    assert store.pin(b"/en/")
    assert [each.key for each in store.pinned()] == [b"/en/"]
    store.invalidate()
    assert not store.pin(b"/en/")


def test_etags_differ_between_codings() -> None:
    assert len({form.etag for form in page("/en/").encodings.values()}) == 4


def test_a_recompressed_page_is_smaller_and_has_another_etag() -> None:
    quick = page("/en/", body=b" ".join(b"%d" % (n * n) for n in range(3000)))
    best = recompress(quick)
    assert len(best.encodings["br"].body) < len(quick.encodings["br"].body)
    assert best.encodings["br"].etag != quick.encodings["br"].etag
    assert best.encodings["gzip"] is quick.encodings["gzip"]


@pytest.mark.parametrize("known", [b'"a"', b' "a" ', b'W/"a"', b'"b", "a"', b'"b",W/"a"', b"*"])
def test_an_etag_in_if_none_match_is_recognised(known: bytes) -> None:
    assert etag_matches(known, b'"a"')


@pytest.mark.parametrize("known", [b"", b"a", b'"ab"', b'"b"', b'x"a"', b"**"])
def test_another_value_in_if_none_match_does_not_match(known: bytes) -> None:
    assert not etag_matches(known, b'"a"')
