import logging

import pytest
import yaml

from app import folder
from app.cli.processes.address_check import warn_of_one_address
from app.domain.permissions import Role
from app.ports.clock import system_clock
from app.settings import load_settings
from app.usecases.context import SHELL
from app.usecases.users.sessions import BrowserInfo, begin
from app.usecases.users.users import add_user
from tests.cast import open_backend


@pytest.mark.parametrize(
    ("addresses", "warned"),
    [
        (["172.18.0.1"] * 3, 1),
        (["172.18.0.1"] * 2, 0),
        (["172.18.0.1", "172.18.0.1", "192.0.2.7"], 0),
        ([], 0),
    ],
)
def test_the_start_warns_when_all_staff_come_from_one_address(
    sqlite_url: str,
    caplog: pytest.LogCaptureFixture,
    addresses: list[str],
    warned: int,
) -> None:
    with open_backend(sqlite_url) as backend:
        backend.clock.now = system_clock()
        for number, address in enumerate(addresses):
            with backend.writing(SHELL) as ctx:
                user = add_user(ctx, f"{number}@example.com", Role.VIEWER)
                begin(ctx, user.id, BrowserInfo("Firefox", address), days=14)
        with caplog.at_level(logging.WARNING, "fyr.serve"):
            warn_of_one_address(backend.database)
    assert ("serve.one_address address=172.18.0.1" in caplog.text) is bool(warned)


def test_the_compose_file_believes_the_gateway_of_its_own_network() -> None:
    compose = yaml.safe_load((folder("deploy") / "compose.yaml").read_text())
    service = compose["services"]["fyr"]
    (network,) = compose["networks"]["fyr"]["ipam"]["config"]
    trusted = service["environment"]["FYR_TRUSTED_PROXIES"].partition(":-")[2].rstrip("}")
    assert load_settings(_env_file=None, trusted_proxies=trusted).trusted_proxies
    assert (trusted, service["networks"]) == (network["gateway"], ["fyr"])
    assert all(each.startswith("127.0.0.1:") for each in service["ports"])
