import pytest

from tests.cast import Installation
from tests.factories import make_service

NEW = {"host": "pay.example.com", "services": ["payments"]}


@pytest.fixture
def installation(installation: Installation) -> Installation:
    with installation.writing() as ctx:
        make_service(ctx, "payments")
    return installation


@pytest.fixture
def sqlite_installation(sqlite_installation: Installation) -> Installation:
    with sqlite_installation.writing() as ctx:
        make_service(ctx, "payments")
    return sqlite_installation


def test_a_target_is_watched_with_the_usual_patience(installation: Installation) -> None:
    added = installation.ada.post("/api/v1/targets", NEW)
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
    assert installation.cy.get(f"/api/v1/targets/{target['id']}").json() == target
    assert installation.cy.get("/api/v1/targets").json() == {"items": [target], "next": None}


def test_a_target_is_changed_paused_resumed_and_dropped(installation: Installation) -> None:
    path = f"/api/v1/targets/{installation.ada.post('/api/v1/targets', NEW).json()['id']}"
    changed = installation.ada.patch(
        path, {"interval_seconds": 300, "profiles": ["current"]}
    ).json()
    assert (changed["interval_seconds"], changed["profiles"]) == (300, ["current"])
    assert installation.ada.post(f"{path}/pause").json()["paused"] is True
    assert installation.ada.post(f"{path}/resume").json()["paused"] is False
    assert installation.ada.delete(path).status_code == 204
    assert installation.ada.get(path).json()["code"] == "target_not_found"


def test_a_host_and_port_are_watched_once(installation: Installation) -> None:
    installation.ada.post("/api/v1/targets", NEW)
    again = installation.ada.post("/api/v1/targets", {**NEW, "host": "PAY.example.com."})
    assert (again.status_code, again.json()["code"]) == (409, "target_exists")


@pytest.mark.parametrize(
    ("host", "stored"),
    [
        ("☕.example", "xn--53h.example"),
        ("faß.de", "xn--fa-hia.de"),
        ("１９２。0。2。7", "192.0.2.7"),
    ],
)
def test_a_host_is_stored_as_browsers_read_it(
    installation: Installation, host: str, stored: str
) -> None:
    assert installation.ada.post("/api/v1/targets", {**NEW, "host": host}).json()["host"] == stored


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
    sqlite_installation: Installation, field: str, value: object, code: str
) -> None:
    refused = sqlite_installation.ada.post("/api/v1/targets", {**NEW, field: value})
    assert (refused.status_code, refused.json()["code"]) == (422, code)


def test_a_profile_of_the_operator_can_be_named(sqlite_installation: Installation) -> None:
    folder = sqlite_installation.settings.data_dir / "profiles"
    folder.mkdir()
    (folder / "ours.toml").write_text(
        'id = "ours"\nlabel = "Our devices"\nroots = "mozilla"\nbuilder = "any_path"\n'
        'share = "1 %"\ntier = "current"\n'
    )
    added = sqlite_installation.ada.post("/api/v1/targets", {**NEW, "profiles": ["ours"]})
    assert added.json()["profiles"] == ["ours"]


def test_a_broken_profile_of_the_operator_says_so(sqlite_installation: Installation) -> None:
    folder = sqlite_installation.settings.data_dir / "profiles"
    folder.mkdir()
    (folder / "ours.toml").write_text("id = ")
    refused = sqlite_installation.ada.post("/api/v1/targets", NEW)
    assert (refused.status_code, refused.json()["code"]) == (409, "broken_profile")
