import pytest

from tests.cast import House
from tests.factories import make_service

NEW = {"host": "pay.example.com", "services": ["payments"]}


@pytest.fixture
def house(house: House) -> House:
    with house.writing() as ctx:
        make_service(ctx, "payments")
    return house


@pytest.fixture
def quick_house(quick_house: House) -> House:
    with quick_house.writing() as ctx:
        make_service(ctx, "payments")
    return quick_house


def test_a_target_is_watched_with_the_usual_patience(house: House) -> None:
    added = house.ada.post("/api/v1/targets", NEW)
    assert added.status_code == 201
    target = added.json()
    assert target == {
        "id": target["id"],
        "host": "pay.example.com",
        "port": 443,
        "starttls": None,
        "services": ["payments"],
        "publish": "auto",
        "interval_seconds": 60,
        "fail_after": 2,
        "recover_after": 2,
        "warn_days": 21,
        "profiles": None,
        "state": "unknown",
        "last_probed_at": None,
        "paused": False,
        "created_at": "2026-03-02T12:00:00Z",
    }
    assert house.cy.get(f"/api/v1/targets/{target['id']}").json() == target
    assert house.cy.get("/api/v1/targets").json() == {"items": [target], "next": None}


def test_a_target_is_changed_paused_resumed_and_dropped(house: House) -> None:
    path = f"/api/v1/targets/{house.ada.post('/api/v1/targets', NEW).json()['id']}"
    changed = house.ada.patch(path, {"interval_seconds": 300, "profiles": ["current"]}).json()
    assert (changed["interval_seconds"], changed["profiles"]) == (300, ["current"])
    assert house.ada.post(f"{path}/pause").json()["paused"] is True
    assert house.ada.post(f"{path}/resume").json()["paused"] is False
    assert house.ada.delete(path).status_code == 204
    assert house.ada.get(path).json()["code"] == "target_not_found"


def test_a_host_and_port_are_watched_once(house: House) -> None:
    house.ada.post("/api/v1/targets", NEW)
    again = house.ada.post("/api/v1/targets", {**NEW, "host": "PAY.example.com."})
    assert (again.status_code, again.json()["code"]) == (409, "target_exists")


@pytest.mark.parametrize(
    ("host", "stored"),
    [
        ("☕.example", "xn--53h.example"),
        ("faß.de", "xn--fa-hia.de"),
        ("１９２。0。2。7", "192.0.2.7"),
    ],
)
def test_a_host_is_stored_as_browsers_read_it(house: House, host: str, stored: str) -> None:
    assert house.ada.post("/api/v1/targets", {**NEW, "host": host}).json()["host"] == stored


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("host", "shop\u200d.example", "invalid_host"),
        ("host", "pay example", "invalid_host"),
        ("host", "a\x00b", "invalid_host"),
        ("host", "x" * 301, "invalid"),
        ("port", 0, "out_of_range"),
        ("port", 10**17, "out_of_range"),
        ("port", "443", "invalid"),
        ("port", True, "invalid"),
        ("starttls", "gopher", "invalid"),
        ("services", ["nowhere"], "unknown_service"),
        ("services", ["a\x00"], "invalid_slug"),
        ("publish", "auto_after:0", "invalid_publish_mode"),
        ("interval_seconds", 0, "out_of_range"),
        ("fail_after", -1, "out_of_range"),
        ("warn_days", 10_000, "out_of_range"),
        ("profiles", ["netscape"], "unknown_profile"),
        ("profiles", [], "no_profile"),
    ],
)
def test_a_field_that_cannot_be_is_refused(
    quick_house: House, field: str, value: object, code: str
) -> None:
    refused = quick_house.ada.post("/api/v1/targets", {**NEW, field: value})
    assert (refused.status_code, refused.json()["code"]) == (422, code)


def test_a_profile_of_the_operator_can_be_named(quick_house: House) -> None:
    folder = quick_house.settings.data_dir / "profiles"
    folder.mkdir()
    (folder / "ours.toml").write_text(
        'id = "ours"\nlabel = "Our devices"\nroots = "mozilla"\nbuilder = "any_path"\n'
        'share = "1 %"\ntier = "current"\n'
    )
    added = quick_house.ada.post("/api/v1/targets", {**NEW, "profiles": ["ours"]})
    assert added.json()["profiles"] == ["ours"]


def test_a_broken_profile_of_the_operator_says_so(quick_house: House) -> None:
    folder = quick_house.settings.data_dir / "profiles"
    folder.mkdir()
    (folder / "ours.toml").write_text("id = ")
    refused = quick_house.ada.post("/api/v1/targets", NEW)
    assert (refused.status_code, refused.json()["code"]) == (409, "broken_profile")
