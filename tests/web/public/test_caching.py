import pytest

from tests.cast import House
from tests.factories import make_incident


def test_a_page_may_be_kept_briefly_and_shown_when_we_are_gone(house: House) -> None:
    assert house.vera.get("/").headers["Cache-Control"] == (
        "public, max-age=10, s-maxage=30, stale-while-revalidate=60, stale-if-error=86400"
    )


def test_who_has_the_page_already_gets_no_body(house: House) -> None:
    etag = house.vera.get("/sv/").headers["ETag"]
    again = house.vera.get("/sv/", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == etag
    assert "Cache-Control" in again.headers
    assert "Vary" in again.headers


@pytest.mark.parametrize("known", ['"other", W/{}', "*", "{} , x"])
def test_validators_may_come_in_a_list_or_weakened(house: House, known: str) -> None:
    etag = house.vera.get("/").headers["ETag"]
    headers = {"If-None-Match": known.format(etag)}
    assert house.vera.get("/", headers=headers).status_code == 304


@pytest.mark.parametrize("known", ["", '"other"', "garbage", '"' * 5000])
def test_an_unknown_validator_gets_the_page(house: House, known: str) -> None:
    assert house.vera.get("/", headers={"If-None-Match": known}).status_code == 200


def test_a_visible_change_changes_the_validator(own_house: House) -> None:
    etag = own_house.vera.get("/").headers["ETag"]
    with own_house.writing() as ctx:
        make_incident(ctx)
    assert own_house.vera.get("/", headers={"If-None-Match": etag}).status_code == 200


def test_languages_have_validators_of_their_own(house: House) -> None:
    assert house.vera.get("/sv/").headers["ETag"] != house.vera.get("/en/").headers["ETag"]


def test_who_takes_gzip_gets_it(house: House) -> None:
    plain = house.vera.get("/", headers={"Accept-Encoding": "identity"})
    zipped = house.vera.get("/", headers={"Accept-Encoding": "gzip;q=0.8, *;q=0"})
    assert "Content-Encoding" not in plain.headers
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert zipped.content == plain.content
    assert zipped.headers["ETag"] != plain.headers["ETag"]
    assert int(zipped.headers["Content-Length"]) < len(plain.content) / 2
    assert "Accept-Encoding" in zipped.headers["Vary"]


@pytest.mark.parametrize("refusal", ["gzip;q=0", "gzip; q=0.000", "deflate", "x" * 5000])
def test_who_refuses_gzip_does_not(house: House, refusal: str) -> None:
    answer = house.vera.get("/", headers={"Accept-Encoding": refusal})
    assert "Content-Encoding" not in answer.headers
