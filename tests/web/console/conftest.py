from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cast import Installation, open_installation
from tests.web.console.populated import Populated, open_populated
from tests.web.console.sign_in.provider import CLIENT, SECRET, OpenIdProvider, open_provider


@pytest.fixture
def installation(sqlite_url: str, tmp_path: Path) -> Iterator[Installation]:
    """The application; its use cases are tried on both kinds of database elsewhere."""
    with open_installation(sqlite_url, tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def populated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Populated]:
    """An application with a row of each kind. A test that changes it restores `snapshot`."""
    with open_populated(tmp_path_factory.mktemp("populated")) as opened:
        yield opened


@pytest.fixture(scope="module")
def listening() -> Iterator[OpenIdProvider]:
    """An OpenID Connect provider."""
    with open_provider() as opened:
        yield opened


@pytest.fixture
def joined(sqlite_url: str, tmp_path: Path, listening: OpenIdProvider) -> Iterator[Installation]:
    """The application, whose staff sign in through that provider."""
    settings: dict[str, object] = {
        "oidc_issuer": listening.issuer,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": SECRET,
        "oidc_roles": "sre=admin, oncall=editor",
        "allowed_networks": "127.0.0.0/8",
    }
    with open_installation(sqlite_url, tmp_path, **settings) as opened:
        yield opened


@pytest.fixture
def provider(joined: Installation, listening: OpenIdProvider) -> OpenIdProvider:
    """The provider, which tells the truth again; for it, too, it is now."""
    listening.reset(int(joined.clock.now.timestamp()))
    return listening
