"""The page's logo through the API."""

from typing import Any

import pytest

from tests.cast import BASE_URL, Installation
from tests.pictures.samples import MARK, raster

HERE = "/api/v1/page/logo"


def put_logo(installation: Installation) -> dict[str, Any]:
    """The logo after a picture of 480 x 240 pixels was put as raw bytes."""
    answer = installation.ada.ask("PUT", HERE, content=raster("WEBP", (480, 240)))
    assert answer.status_code == 200
    logo: dict[str, Any] = answer.json()
    return logo


def test_without_a_logo_there_is_none_to_read(sqlite_installation: Installation) -> None:
    answer = sqlite_installation.cy.get(HERE)
    assert (answer.status_code, answer.json()["code"]) == (404, "logo_not_found")


def test_raw_bytes_become_the_logo(installation: Installation) -> None:
    light = put_logo(installation)["light"]
    assert (light["content_type"], light["width"], light["height"]) == ("image/png", 320, 160)
    assert light["url"] == f"{BASE_URL}/logo-{light['sha256'][:10]}.png"
    assert len(installation.vera.get(light["url"]).content) == light["bytes"]


def test_a_logo_for_the_dark_scheme_joins_the_light_one(installation: Installation) -> None:
    light = put_logo(installation)["light"]
    dark = installation.ada.ask("PUT", f"{HERE}?scheme=dark", content=MARK).json()["dark"]
    assert dark["content_type"] == "image/svg+xml"
    assert installation.cy.get(HERE).json() == {"light": light, "dark": dark}


def test_a_deleted_logo_is_gone_at_every_address(installation: Installation) -> None:
    light = put_logo(installation)["light"]
    assert installation.ada.delete(HERE).status_code == 204
    assert installation.cy.get(HERE).status_code == 404
    assert installation.vera.get(light["url"]).status_code == 404


def test_a_form_brings_it_too(sqlite_installation: Installation) -> None:
    files = {"file": ("x.exe", MARK, "application/json")}
    answer = sqlite_installation.ada.ask("PUT", HERE, files=files)
    assert answer.json()["light"]["content_type"] == "image/svg+xml"


def test_sent_again_it_happens_once(sqlite_installation: Installation) -> None:
    key = {"Idempotency-Key": "logo-1"}
    first = sqlite_installation.ada.ask("PUT", HERE, content=MARK, headers=key)
    again = sqlite_installation.ada.ask("PUT", HERE, content=MARK, headers=key)
    other = sqlite_installation.ada.ask("PUT", HERE, content=MARK + b" ", headers=key)
    assert (first.content, other.json()["code"]) == (again.content, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("query", "content", "code"),
    [
        ("", b"", "no_picture"),
        ("", b"{}", "not_a_picture"),
        ("?scheme=dark", MARK, "no_light_logo"),
        ("?scheme=dim", MARK, "invalid_value"),
        ("", MARK.replace(b"<title>", b"<title onclick='x'>"), "unsafe_picture"),
    ],
)
def test_what_is_no_logo_is_refused(
    sqlite_installation: Installation, query: str, content: bytes, code: str
) -> None:
    answer = sqlite_installation.ada.ask("PUT", HERE + query, content=content)
    assert answer.status_code == 422
    assert code in {answer.json()["code"], *(each["code"] for each in answer.json()["errors"])}


def test_too_much_is_refused(sqlite_installation: Installation) -> None:
    answer = sqlite_installation.ada.ask("PUT", HERE, content=bytes(2_200_000))
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_whether_the_name_stands_beside_it_is_a_setting(sqlite_installation: Installation) -> None:
    answer = sqlite_installation.ada.patch("/api/v1/page", {"logo_contains_name": True})
    assert answer.json()["logo_contains_name"] is True
