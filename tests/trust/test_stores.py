import pytest

from app.trust.errors import StoreError
from app.trust.stores import shipped_store, shipped_stores, store_from_pem
from tests.trust.authorities import make
from tests.trust.test_chain import pem


def test_shipped_stores_hold_readable_roots() -> None:
    for name in shipped_stores():
        store = shipped_store(name)
        assert len(store.anchors) > 100
        assert not any(anchor.malformed for anchor in store.anchors)


def test_todays_roots_no_longer_hold_the_root_of_2021() -> None:
    names = {anchor.facts.name for anchor in shipped_store("mozilla").anchors}
    assert "ISRG Root X1" in names
    assert "DST Root CA X3" not in names


def test_a_store_is_read_once() -> None:
    assert shipped_store("mozilla") is shipped_store("mozilla")


def test_an_unknown_store_names_the_known_ones() -> None:
    with pytest.raises(StoreError, match="mozilla, mozilla-2021"):
        shipped_store("netscape")


def test_roots_in_a_pem_file_make_a_store_without_repeats() -> None:
    store = store_from_pem("own.pem", pem(make("A")) + pem(make("B")) + pem(make("A")))
    assert [anchor.facts.name for anchor in store.anchors] == ["A", "B"]


@pytest.mark.parametrize("data", [b"", b"hello", pem(b"hello")])
def test_a_file_that_is_no_store_is_refused(data: bytes) -> None:
    with pytest.raises(StoreError, match=r"own\.pem"):
        store_from_pem("own.pem", data)
