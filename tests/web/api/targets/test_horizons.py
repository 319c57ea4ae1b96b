"""What staff and their programs read of the days ahead and of the chains of a target."""

from pathlib import Path

import pytest

from tests.cast import Installation
from tests.usecases.targets.forecasting import HOST, LEGACY, ForecastDriver


@pytest.fixture
def forecasting(sqlite_installation: Installation, tmp_path: Path) -> ForecastDriver:
    return ForecastDriver(sqlite_installation, tmp_path)


@pytest.fixture
def target(forecasting: ForecastDriver) -> str:
    """A target that serves the long chain, with its days ahead known."""
    watched = forecasting.add_target()
    forecasting.record_probe(watched, forecasting.long_chain())
    forecasting.compute_forecasts()
    return watched


def test_a_horizon_names_its_target_time_kind_and_clients(
    sqlite_installation: Installation, target: str
) -> None:
    first = sqlite_installation.cy.get("/api/v1/horizons?limit=1").json()["items"][0]
    assert first["target"] == target
    assert (first["at"], first["kind"], first["responsible"]) == (
        "2026-03-23T12:00:00Z",
        "root",
        "nobody",
    )
    assert first["clients"] == [
        {
            "profile": LEGACY,
            "label": first["clients"][0]["label"],
            "share": "7 %",
            "tier": "legacy",
            "at": "2026-03-23T12:00:00Z",
        }
    ]
    assert first["step"] == 4


def test_the_text_and_the_advice_of_a_horizon_are_in_every_language_of_the_page(
    sqlite_installation: Installation, target: str
) -> None:
    (first, *_) = sqlite_installation.cy.get(f"/api/v1/horizons?target={target}").json()["items"]
    assert first["text"].keys() == {"en", "sv", "ar"}
    assert first["text"]["en"] == (
        "1 client profile will stop trusting pay.example in 21 days: “Demo Old Root X3” ends on "
        "Mar 23, 2026, 12:00\N{NARROW NO-BREAK SPACE}PM UTC. Affected clients: older on-site "
        "devices and card terminals (7 %)."
    )
    assert first["text"]["sv"].startswith("1 klientprofil slutar lita på pay.example om 21 dagar")
    assert first["advice"]["gained"] == [LEGACY]
    assert first["advice"]["text"]["sv"].startswith("Om pay.example slutar skicka ”Demo Root X1”")


def test_horizons_come_in_pages_the_soonest_first(
    sqlite_installation: Installation, target: str
) -> None:
    every = sqlite_installation.cy.get("/api/v1/horizons").json()["items"]
    assert [each["at"] for each in every] == sorted(each["at"] for each in every)
    paged, cursor = [], ""
    for _ in every:
        page = sqlite_installation.cy.get(f"/api/v1/horizons?limit=1{cursor}").json()
        paged += page["items"]
        cursor = f"&cursor={page['next']}"
    assert paged == every
    assert page["next"] is None


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("within_days=21", ["root"]),
        ("kind=leaf", ["leaf"]),
        ("warned=true", ["root"]),
        ("target=zzzzzzzzzzzz", []),
    ],
)
def test_horizons_can_be_chosen(
    sqlite_installation: Installation, target: str, query: str, kinds: list[str]
) -> None:
    found = sqlite_installation.cy.get(f"/api/v1/horizons?{query}").json()["items"]
    assert [each["kind"] for each in found] == kinds


@pytest.mark.parametrize("cursor", ["x", "YmVmb3JlOjE", "YWZ0ZXI6OTk5OTk5OTk5OTk5OTk5OTk5OTox"])
def test_a_cursor_of_another_list_is_refused(
    sqlite_installation: Installation, cursor: str
) -> None:
    refused = sqlite_installation.cy.get(f"/api/v1/horizons?cursor={cursor}")
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_cursor")


def test_the_warnings_that_were_given_are_listed(
    sqlite_installation: Installation, target: str
) -> None:
    (warning,) = sqlite_installation.cy.get("/api/v1/horizons/warnings").json()["items"]
    assert warning["warned_at"] == "2026-03-02T12:00:00Z"
    assert (warning["horizon"]["target"], warning["horizon"]["step"]) == (target, 4)


def test_the_chains_of_a_target_are_shown_with_their_first_times(
    sqlite_installation: Installation, forecasting: ForecastDriver, target: str
) -> None:
    sqlite_installation.clock.forward(minutes=1)
    forecasting.record_probe(target, forecasting.short_chain())
    sqlite_installation.clock.forward(minutes=1)
    forecasting.record_probe(target, forecasting.short_chain(), address="192.0.2.2")
    other, new, old = sqlite_installation.cy.get(f"/api/v1/targets/{target}/chains").json()["items"]
    assert (other["address"], other["changes"]) == ("192.0.2.2", [])
    assert [each["name"] for each in old["certificates"]] == [
        HOST,
        "Demo Intermediate R3",
        "Demo Root X1",
    ]
    assert old["first_seen_at"] == "2026-03-02T12:00:00Z"
    assert new["first_seen_at"] == "2026-03-02T12:01:00Z"


def test_the_changes_of_a_chain_are_named_in_every_language(
    sqlite_installation: Installation, forecasting: ForecastDriver, target: str
) -> None:
    sqlite_installation.clock.forward(minutes=1)
    forecasting.record_probe(target, forecasting.short_chain())
    new, _ = sqlite_installation.cy.get(f"/api/v1/targets/{target}/chains").json()["items"]
    assert [each["code"] for each in new["changes"]] == [
        "change.renewed_with_new_key",
        "change.cross_sign_gone",
    ]
    assert new["changes"][1]["text"]["en"] == "The cross-sign “Demo Root X1” is no longer served."
    assert new["changes"][1]["text"].keys() == {"en", "sv", "ar"}


def test_two_chains_can_be_compared_either_way(
    sqlite_installation: Installation, forecasting: ForecastDriver, target: str
) -> None:
    path = f"/api/v1/targets/{target}/chains"
    sqlite_installation.clock.forward(minutes=1)
    forecasting.record_probe(target, forecasting.short_chain())
    new, old = (each["fingerprint"] for each in sqlite_installation.cy.get(path).json()["items"])
    back = sqlite_installation.cy.get(f"{path}/diff?before={new}&after={old}").json()
    assert [each["code"] for each in back["changes"]] == [
        "change.renewed_with_new_key",
        "change.cross_sign_new",
    ]
    same = sqlite_installation.cy.get(f"{path}/diff?before={new}&after={new}").json()
    assert same == {"before": new, "after": new, "changes": []}


def test_a_chain_that_only_another_target_served_is_not_found(
    sqlite_installation: Installation, forecasting: ForecastDriver, target: str
) -> None:
    forecasting.record_probe(
        forecasting.add_target("shop.example"), forecasting.short_chain("shop.example")
    )
    (own,) = sqlite_installation.cy.get(f"/api/v1/targets/{target}/chains").json()["items"]
    stranger = "0" * 64
    query = f"before={own['fingerprint']}&after={stranger}"
    refused = sqlite_installation.cy.get(f"/api/v1/targets/{target}/chains/diff?{query}")
    assert (refused.status_code, refused.json()["code"]) == (404, "chain_not_found")
