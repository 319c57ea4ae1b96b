import hashlib
import json
import re
from importlib.resources import files

import pytest

from app.trust.clients.store_pack import subject_of
from app.trust.clients.stores import shipped_store, shipped_stores, store_from_pem
from app.trust.errors import StoreError
from app.trust.x509.normal_names import normalised_name
from tests.trust.authorities import make
from tests.trust.x509.test_chain import pem


def test_shipped_stores_hold_readable_roots_under_the_subjects_they_are_stored_under() -> None:
    for name in shipped_stores():
        store = shipped_store(name)
        assert len(store.anchors) >= 89
        for anchor in store.anchors:
            assert not anchor.malformed
            assert normalised_name(subject_of(anchor.der)) == anchor.subject
            assert anchor in store


def test_roots_that_the_parser_refuses_to_read_whole_are_anchors_all_the_same() -> None:
    anchors = shipped_store("windows-2018-06").anchors
    odd = [one for one in anchors if one.extensions.odd or one.extensions.unreadable]
    assert len(odd) == 4
    assert all(one.key is not None and one.subject and one.ends > one.starts for one in odd)


def test_the_stores_differ_as_the_makers_did() -> None:
    x1 = {
        name: "ISRG Root X1" in {anchor.facts.name for anchor in shipped_store(name).anchors}
        for name in ("mozilla-2015", "mozilla-2016", "windows-2018-06", "windows-2019-05")
    }
    assert x1 == {
        "mozilla-2015": False,
        "mozilla-2016": True,
        "windows-2018-06": False,
        "windows-2019-05": True,
    }
    for name, there in (("mozilla-2021-10", True), ("mozilla-2022", False)):
        assert ("DST Root CA X3" in {a.facts.name for a in shipped_store(name).anchors}) is there


def test_a_store_knows_when_it_was_published() -> None:
    assert shipped_store("mozilla-2021").published == 1_622_332_800
    assert shipped_store("mozilla").published > 1_767_225_600


def test_the_packed_file_is_the_one_its_provenance_speaks_of() -> None:
    data = files("app.trust").joinpath("data")
    document = json.loads(data.joinpath("stores.json").read_text(encoding="utf-8"))
    body = data.joinpath(document["file"]).read_bytes()
    assert hashlib.sha256(body).hexdigest() == document["sha256"]
    assert len(body) < 1_000_000
    assert set(document["stores"]) | {"mozilla"} == set(shipped_stores())
    for name, store in document["stores"].items():
        assert int(store["roots"]) == len(shipped_store(name).anchors)
        assert re.fullmatch("[0-9a-f]{64}", store["sha256"])


def test_todays_roots_no_longer_hold_the_root_of_2021() -> None:
    names = {anchor.facts.name for anchor in shipped_store("mozilla").anchors}
    assert "ISRG Root X1" in names
    assert "DST Root CA X3" not in names


def test_a_store_is_read_once() -> None:
    assert shipped_store("mozilla") is shipped_store("mozilla")


def test_an_unknown_store_names_the_known_ones() -> None:
    with pytest.raises(StoreError, match="mozilla-2021"):
        shipped_store("netscape")


def test_roots_in_a_pem_file_make_a_store_without_repeats() -> None:
    store = store_from_pem("own.pem", pem(make("A")) + pem(make("B")) + pem(make("A")))
    assert [anchor.facts.name for anchor in store.anchors] == ["A", "B"]


@pytest.mark.parametrize("data", [b"", b"hello", pem(b"hello")])
def test_a_file_that_is_no_store_is_refused(data: bytes) -> None:
    with pytest.raises(StoreError, match=r"own\.pem"):
        store_from_pem("own.pem", data)
