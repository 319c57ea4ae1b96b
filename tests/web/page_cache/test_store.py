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


def test_what_was_put_in_is_found(store: PageStore) -> None:
    store.put(page("/en/"))
    assert store.get_fresh(b"/en/") is not None
    assert store.get_fresh(b"/sv/") is None


def test_the_longest_unasked_page_goes_first(store: PageStore) -> None:
    for number in range(5):
        store.put(page(f"/en/{number}"))
    store.get_fresh(b"/en/0")
    for number in range(5, 9):
        store.put(page(f"/en/{number}"))
    assert store.get(b"/en/0") is not None
    assert store.get(b"/en/1") is None


def test_the_store_never_outgrows_its_limit(store: PageStore) -> None:
    for number in range(100):
        store.put(page(f"/en/{number}"))
        assert store.size <= 50_000


def test_putting_the_same_page_again_does_not_grow_it(store: PageStore) -> None:
    for _ in range(100):
        store.put(page("/en/"))
    assert store.size == page("/en/").size


def test_a_page_that_is_kept_makes_room_for_nobody(store: PageStore) -> None:
    store.put(replace(page("/en/"), pinned=True))
    for number in range(100):
        store.put(page(f"/en/{number}"))
    assert store.get(b"/en/") is not None


@pytest.mark.parametrize(("generation", "newest"), [(0, b"kept"), (1, b"visitor's")])
def test_a_visitor_takes_no_page_out_of_those_that_are_kept(
    store: PageStore, generation: int, newest: bytes
) -> None:
    store.put(replace(page("/en/", body=b"kept"), pinned=True))
    store.put(page("/en/", body=b"visitor's", generation=generation))
    assert [each.body for each in store.pinned()] == [newest]


def test_a_change_makes_pages_old_but_not_those_that_are_kept(store: PageStore) -> None:
    store.put(page("/en/old"))
    store.put(replace(page("/en/"), pinned=True))
    store.invalidate()
    assert store.get_fresh(b"/en/old") is None
    assert store.get(b"/en/old") is not None
    assert store.get_fresh(b"/en/") is not None


def test_a_page_is_old_when_its_time_has_come(store: PageStore, clock: FixedClock) -> None:
    store.put(page("/en/", seconds=60))
    clock.forward(seconds=59)
    assert store.get_fresh(b"/en/") is not None
    clock.forward(seconds=1)
    assert store.get_fresh(b"/en/") is None


def test_a_page_no_longer_kept_is_old_and_counted(store: PageStore) -> None:
    store.put(replace(page("/en/"), pinned=True))
    store.unpin_except([])
    assert store.get_fresh(b"/en/") is None
    assert store.size == page("/en/").size


def test_a_page_is_in_demand_for_a_minute_or_two_after_it_was_asked_for(
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


def test_a_page_made_since_the_last_change_is_kept_as_it_is(store: PageStore) -> None:
    store.put(page("/en/"))
    assert store.pin(b"/en/")
    assert [each.key for each in store.pinned()] == [b"/en/"]
    store.invalidate()
    assert not store.pin(b"/en/")


def test_strong_validators_differ_by_form() -> None:
    assert len({form.etag for form in page("/en/").encodings.values()}) == 4


def test_a_polished_page_is_smaller_and_has_a_validator_of_its_own() -> None:
    quick = page("/en/", body=b" ".join(b"%d" % (n * n) for n in range(3000)))
    best = recompress(quick)
    assert len(best.encodings["br"].body) < len(quick.encodings["br"].body)
    assert best.encodings["br"].etag != quick.encodings["br"].etag
    assert best.encodings["gzip"] is quick.encodings["gzip"]


@pytest.mark.parametrize("known", [b'"a"', b' "a" ', b'W/"a"', b'"b", "a"', b'"b",W/"a"', b"*"])
def test_a_known_validator_is_recognised(known: bytes) -> None:
    assert etag_matches(known, b'"a"')


@pytest.mark.parametrize("known", [b"", b"a", b'"ab"', b'"b"', b'x"a"', b"**"])
def test_another_validator_is_not(known: bytes) -> None:
    assert not etag_matches(known, b'"a"')
