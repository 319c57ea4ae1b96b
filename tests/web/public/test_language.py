import pytest

from tests.cast import BASE_URL, Installation

UNTAGGED = ["/", "/history", "/history/2021-09", "/services/self-park"]


@pytest.mark.parametrize("path", UNTAGGED)
def test_a_path_without_a_language_is_answered_in_the_visitors(
    installation: Installation, path: str
) -> None:
    answer = installation.vera.get(path, headers={"Accept-Language": "sv-FI, en;q=0.5"})
    assert answer.status_code == 200
    assert answer.headers["Content-Language"] == "sv"
    assert "Accept-Language" in answer.headers["Vary"]
    assert '<html lang="sv" dir="ltr">' in answer.text


@pytest.mark.parametrize("path", UNTAGGED)
@pytest.mark.parametrize("wish", ["locale", "lang"])
def test_the_query_is_stronger_than_the_browser(
    installation: Installation, path: str, wish: str
) -> None:
    answer = installation.vera.get(f"{path}?{wish}=sv", headers={"Accept-Language": "ar"})
    assert answer.headers["Content-Language"] == "sv"


@pytest.mark.parametrize("path", UNTAGGED)
def test_the_tag_in_the_path_is_stronger_than_all(installation: Installation, path: str) -> None:
    answer = installation.vera.get(f"/ar{path}?locale=sv", headers={"Accept-Language": "en"})
    assert answer.headers["Content-Language"] == "ar"
    assert "Accept-Language" not in answer.headers["Vary"]
    assert '<html lang="ar" dir="rtl">' in answer.text


def test_the_same_page_has_the_same_bytes_with_and_without_its_tag(
    installation: Installation,
) -> None:
    plain = installation.vera.get("/?locale=sv", headers={"Accept-Encoding": "identity"})
    tagged = installation.vera.get("/sv/", headers={"Accept-Encoding": "identity"})
    assert plain.content == tagged.content
    assert plain.headers["ETag"] == tagged.headers["ETag"]


def test_without_any_wish_the_page_is_in_its_default_language(installation: Installation) -> None:
    assert installation.vera.get("/").headers["Content-Language"] == "en"


def test_a_tag_without_its_slash_leads_to_the_first_page(installation: Installation) -> None:
    answer = installation.vera.get("/sv?x=1")
    assert (answer.status_code, answer.headers["Location"]) == (308, "/sv/?x=1")


@pytest.mark.parametrize("path", ["/SV", "/SV/", "/sV/history", "/SV/services/self-park"])
def test_a_tag_in_upper_case_leads_to_the_one_in_lower_case(
    installation: Installation, path: str
) -> None:
    answer = installation.vera.get(path)
    assert answer.status_code == 308
    assert answer.headers["Location"].startswith("/sv/")
    assert installation.vera.get(answer.headers["Location"]).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        *("/xx/", "/xx", "/xx/history", "/sv-fi/", "/history/", "/nothing/here/at/all"),
        *("/incidents/zzzzzzzzzzzz", "/sv/incidents/" + "z" * 5000, "/incidents/%00"),
        *("/services/none", "/services/%F0%9F%98%80", "/sv/services/..%2f..%2fetc"),
        *("/history/0001-01", "/history/9999-12", "/history/2021-13", "/history/2021-00"),
        *("/history/20210-1", "/history/2021-1", "/history/-2021-01", "/history/٢٠٢١-٠٩"),
        "/history/1066-10",
    ],
)
def test_what_is_not_there_is_a_page_in_the_visitors_language(
    installation: Installation, path: str
) -> None:
    answer = installation.vera.get(path, headers={"Accept-Language": "sv"})
    assert answer.status_code == 404
    assert answer.headers["Content-Language"] == "sv"
    assert "Sidan finns inte" in answer.text
    assert answer.headers["Cache-Control"] == "public, max-age=5"


def test_what_is_not_there_is_said_in_the_language_of_its_path(installation: Installation) -> None:
    answer = installation.vera.get("/ar/incidents/zzzzzzzzzzzz", headers={"Accept-Language": "sv"})
    assert (answer.status_code, answer.headers["Content-Language"]) == (404, "ar")


@pytest.mark.parametrize("header", ["x" * 100_000, "sv;q=", ",,,;;;", "*;q=0", "\x7f"])
def test_no_wish_of_a_browser_breaks_a_page(installation: Installation, header: str) -> None:
    answer = installation.vera.get("/", headers={"Accept-Language": header})
    assert answer.status_code == 200


@pytest.mark.parametrize("query", ["locale=", "locale=%00", "locale=" + "x" * 9000, "locale=..%2f"])
def test_no_wish_in_a_query_breaks_a_page(installation: Installation, query: str) -> None:
    assert installation.vera.get(f"/?{query}").headers["Content-Language"] == "en"


def test_canonical_addresses_are_those_of_the_page_not_of_the_request(
    installation: Installation,
) -> None:
    answer = installation.vera.get("/", headers={"Host": "evil.example"})
    assert f'<link rel="canonical" href="{BASE_URL}/en/">' in answer.text
    assert "evil.example" not in answer.text
