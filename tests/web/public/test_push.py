"""Web Push on the page: the request of a browser, the service worker and the manifest."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlmodel import select

from app.db.migrate import upgrade
from app.db.tables import SubscriberRow, SubscriptionRow
from tests.cast import Installation, open_installation
from tests.databases import Run, copy_sqlite
from tests.factories import make_service
from tests.push import browser_values, offer_push

PATH = "/en/subscribe/push"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A page that offers Web Push, shared by the tests here."""
    folder = tmp_path_factory.mktemp("installation")
    copy_sqlite(Run.current(), upgrade, folder / "fyr.db")
    with open_installation(f"sqlite:///{folder / 'fyr.db'}", folder) as made:
        offer_push(made, made.app.state.fyr.secret_box)
        with made.writing() as ctx:
            make_service(ctx, "payments")
        yield made


def body(**changed: Any) -> dict[str, Any]:  # noqa: ANN401  # JSON
    """What `JSON.stringify(subscription)` makes in a browser."""
    values = browser_values()
    keys = {"p256dh": values["p256dh"], "auth": values["auth"]}
    return {"endpoint": values["endpoint"], "expirationTime": None, "keys": keys, **changed}


def subscribe(shared: Installation, path: str = PATH, **changed: Any) -> httpx.Response:  # noqa: ANN401
    return shared.vera.post(path, json=body(**changed))


def number_of_rows(shared: Installation) -> int:
    with shared.reading() as ctx:
        return len(ctx.session.exec(select(SubscriberRow.id)).all())


def test_a_browser_subscribes_and_gets_its_link_to_manage(shared: Installation) -> None:
    answer = subscribe(shared, endpoint="https://fcm.googleapis.com/fcm/send/one")
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    page = shared.vera.get(answer.json()["manage"])
    assert page.status_code == 200
    assert "fcm/send" not in page.text
    assert 'name="address"' not in page.text


def test_the_subject_of_the_page_is_what_the_browser_follows(shared: Installation) -> None:
    endpoint = "https://fcm.googleapis.com/fcm/send/two"
    assert subscribe(shared, f"{PATH}?service=payments", endpoint=endpoint).status_code == 201
    with shared.reading() as ctx:
        assert "service" in ctx.session.exec(select(SubscriptionRow.kind)).all()


@pytest.mark.parametrize(
    "changed",
    [
        {"endpoint": "https://push.evil.example/x"},
        {"endpoint": "http://fcm.googleapis.com/x"},
        {"endpoint": "https://127.0.0.1/x"},
        {"endpoint": None},
        {"endpoint": {"a": 1}},
        {"keys": None},
        {"keys": []},
        {"keys": {"p256dh": 5, "auth": "x"}},
        {"keys": {"p256dh": "A" * 87, "auth": "A" * 22}},
    ],
)
def test_what_no_browser_sends_is_refused_and_stores_nothing(
    shared: Installation, changed: dict[str, Any]
) -> None:
    before = number_of_rows(shared)
    assert subscribe(shared, **changed).status_code == 422
    assert number_of_rows(shared) == before


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"null", 422),
        (b"[]", 422),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[" * 20_000, 400),
        (b'{"endpoint": "' + b"x" * 70_000 + b'"}', 413),
    ],
)
def test_any_body_has_a_clear_answer(shared: Installation, content: bytes, status: int) -> None:
    headers = {"Content-Type": "application/json"}
    answer = shared.vera.post(PATH, content=content, headers=headers)
    assert answer.status_code == status


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""],
)
def test_a_form_of_another_site_subscribes_nobody(shared: Installation, kind: str) -> None:
    content = json.dumps(body()).encode()
    answer = shared.vera.post(PATH, content=content, headers={"Content-Type": kind})
    assert answer.status_code == 415


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_script_of_another_site_subscribes_nobody(shared: Installation, site: str) -> None:
    answer = shared.vera.post(PATH, json=body(), headers={"Sec-Fetch-Site": site})
    assert answer.status_code == 403


def test_a_language_that_is_not_published_is_not_found(shared: Installation) -> None:
    assert subscribe(shared, "/tlh/subscribe/push").status_code == 404


def test_nobody_subscribes_where_the_channel_is_off(installation: Installation) -> None:
    assert installation.vera.post(PATH, json=body()).status_code == 404
    assert 'id="push"' not in installation.vera.get("/en/subscribe").text


def test_the_page_has_the_button_and_may_link_to_the_manifest(shared: Installation) -> None:
    answer = shared.vera.get("/sv/subscribe")
    assert 'id="push" hidden' in answer.text
    assert "Avisera i den här webbläsaren" in answer.text
    assert "manifest-src 'self'" in answer.headers["content-security-policy"]


def test_the_service_worker_is_at_the_root_and_always_fresh(shared: Installation) -> None:
    answer = shared.vera.get("/push.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-cache"


def test_the_manifest_names_the_page(shared: Installation) -> None:
    answer = shared.vera.get("/manifest.webmanifest")
    assert answer.headers["content-type"].startswith("application/manifest+json")
    assert answer.json()["display"] == "standalone"
    assert answer.json()["name"]


def test_an_admin_switches_the_channel_on_and_off_by_api(installation: Installation) -> None:
    path = "/api/v1/channels/web_push"
    on = installation.ada.patch(path, {"is_enabled": True})
    assert on.json()["is_public"] is True
    assert installation.vera.post(PATH, json=body()).status_code == 201
    installation.ada.patch(path, {"is_enabled": False})
    assert installation.vera.post(PATH, json=body()).status_code == 404
