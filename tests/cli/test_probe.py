import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.demo.hierarchy import Hierarchy, make_hierarchy
from app.demo.servers import DemoServers
from app.ports.clock import system_clock
from tests.cli.chains.chain_commands import run

ADDRESS = "127.0.0.1"


@pytest.fixture(scope="module")
def hierarchy() -> Hierarchy:
    now = system_clock()
    return make_hierarchy(now, expires_at=now - timedelta(seconds=5))


@pytest.fixture
def endpoint(
    hierarchy: Hierarchy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """A server of the long chain after the old root's end, and profiles that see it differently."""
    profiles = tmp_path / "profiles"
    profiles.mkdir()
    (profiles / "new.pem").write_bytes(hierarchy.new_root.pem)
    (profiles / "both.pem").write_bytes(hierarchy.old_root.pem + hierarchy.new_root.pem)
    (profiles / "new.toml").write_text('id = "new"\nroots = "new.pem"')
    (profiles / "old.toml").write_text(
        'id = "old"\nroots = "both.pem"\nbuilder = "served_first_alt"\ntier = "legacy"'
    )
    monkeypatch.setenv("FYR_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("FYR_ALLOWED_NETWORKS", "127.0.0.0/8")
    monkeypatch.chdir(tmp_path)
    with DemoServers({ADDRESS: hierarchy.long_chain([ADDRESS], now=system_clock())}) as servers:
        yield f"{ADDRESS}:{servers.ports[ADDRESS]}"


def test_an_endpoint_that_all_clients_reach_is_0(endpoint: str) -> None:
    result = run("probe", endpoint, "--profile", "new")
    assert result.exit_code == 0
    assert endpoint in result.stdout
    assert "Demo Intermediate R3" in result.stdout


def test_an_endpoint_that_only_older_clients_fail_at_is_1(endpoint: str) -> None:
    result = run("probe", endpoint, "--profile", "new", "--profile", "old", "--json")
    document = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (document["address"], document["tls_version"]) == (ADDRESS, "TLSv1.3")
    assert [one["reason"] for one in document["verdicts"]] == ["ok", "expired"]
    assert document["verdicts"][1]["blamed_certificate"]["name"] == "Demo Old Root X3"
    assert "Demo Old Root X3" in document["findings"][0]["text"]


def test_an_endpoint_that_current_clients_fail_at_is_2(endpoint: str) -> None:
    assert run("probe", endpoint, "--profile", "current").exit_code == 2


def test_another_time_may_be_judged(endpoint: str) -> None:
    result = run("probe", endpoint, "--profile", "new", "--at", "2051-01-01T00:00Z")
    assert result.exit_code == 2
    assert "expired" in result.stdout


def test_a_private_address_that_is_not_allowed_is_3(
    endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FYR_ALLOWED_NETWORKS")
    result = run("probe", endpoint)
    assert result.exit_code == 3
    assert "private_address" in result.stdout
    assert "FYR_ALLOWED_NETWORKS" in result.stdout


def test_a_look_that_failed_is_3_and_reported_in_json(endpoint: str) -> None:
    result = run("probe", "127.0.0.1:1", "--json")
    assert result.exit_code == 3
    failure = json.loads(result.stdout)["failure"]
    assert (failure["stage"], failure["code"]) == ("connect", "connection_refused")


@pytest.mark.parametrize(
    "target",
    [
        "https://shop.example/",
        "user@shop.example",
        "",
        ":443",
        "shop.example:",
        "shop.example:http",
        "shop.example:0",
        "shop.example:65536",
        "shop.example:99999999999999999999",
        "shop.example:٣",
        "[::1",
        "[::1]443",
        "[]:443",
        "[shop::example]:443",
        "a:b:c",
    ],
)
def test_what_is_no_target_is_64(target: str) -> None:
    result = run("probe", target)
    assert result.exit_code == 64
    assert result.stderr


@pytest.mark.parametrize("target", ["[::1]:443", "::1", "[::1]"])
def test_ipv6_addresses_are_targets(target: str) -> None:
    result = run("probe", target, "--json")
    document = json.loads(result.stdout)
    assert (document["host"], document["port"], document["failure"]["code"]) == (
        "::1",
        443,
        "private_address",
    )


def test_a_starttls_protocol_has_its_usual_port() -> None:
    document = json.loads(run("probe", "127.0.0.1", "--starttls", "smtp", "--json").stdout)
    assert document["port"] == 25


def test_an_unknown_starttls_protocol_is_64() -> None:
    result = run("probe", "shop.example", "--starttls", "gopher")
    assert result.exit_code == 64
    assert "smtp" in result.stderr


def test_a_wrong_setting_is_64(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FYR_ALLOWED_NETWORKS", "everything")
    result = run("probe", "shop.example")
    assert result.exit_code == 64
    assert "FYR_ALLOWED_NETWORKS" in result.stderr


def test_several_endpoints_are_reported_in_their_order_and_the_worst_decides(endpoint: str) -> None:
    nobody = f"{ADDRESS}:1"
    result = run("probe", nobody, endpoint, "--profile", "new", "--profile", "old", "--json")
    document = json.loads(result.stdout)
    assert (result.exit_code, document["exit"], document["result"]) == (3, 3, "unseen")
    assert [one["result"] for one in document["targets"]] == ["unseen", "warning"]
    assert document["targets"][1]["port"] == int(endpoint.rpartition(":")[2])
    assert result.stderr == ""


def test_several_endpoints_are_summed_up_for_people(endpoint: str) -> None:
    result = run("probe", f"{ADDRESS}:1", endpoint, endpoint, "--profile", "new")
    assert "connection_refused" in result.stdout
    assert result.stdout.rstrip().endswith("2 endpoints: 1 unseen, 1 fine")


def test_horizons_are_reported_of_what_was_seen(endpoint: str) -> None:
    document = json.loads(run("probe", endpoint, "--profile", "old", "--json").stdout)
    assert document["horizons"][0]["lasting"]["blamed_certificate"]["name"] == "Demo Old Root X3"
    (look,) = document["addresses"]
    assert (look["address"], look["failure"]) == (ADDRESS, None)
    assert look["chain"] == [one["fingerprint"] for one in document["chain"]]
    assert set(document["second_looks"]) == {"rsa"}


def test_roots_of_ones_own_can_be_judged_for(endpoint: str, tmp_path: Path) -> None:
    roots = tmp_path / "profiles" / "new.pem"
    result = run("probe", endpoint, "--roots", str(roots), "--json")
    assert [one["profile"] for one in json.loads(result.stdout)["verdicts"]] == ["roots"]
    assert result.exit_code == 0


@pytest.mark.parametrize("wrong", ["0", "2001", "many"])
def test_a_number_of_connections_out_of_bounds_is_wrong_use(wrong: str) -> None:
    assert run("probe", "shop.example", "--concurrency", wrong).exit_code != 0
