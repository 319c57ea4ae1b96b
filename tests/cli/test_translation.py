"""`fyr translation check`."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from app.secret_keys import former_secret_keys, secret_key
from app.settings import load_settings
from app.usecases.context import SHELL
from app.usecases.encryption import SecretBox
from app.usecases.page.translation_provider import ProviderChange, set_provider
from tests.cast import open_backend
from tests.cli.program import Fyr
from tests.translation.provider_server import ProviderServer, open_provider_server

KEY = SecretStr("key-of-the-account")


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with open_provider_server() as running:
        yield running


@pytest.fixture
def chosen(
    sqlite_url: str, fyr: Fyr, server: ProviderServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An installation with a provider."""
    monkeypatch.setenv("FYR_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("FYR_ALLOWED_NETWORKS", "127.0.0.0/8")
    settings = load_settings()
    box = SecretBox(lambda: secret_key(settings), lambda: former_secret_keys(settings))
    with open_backend(sqlite_url) as backend, backend.writing(SHELL) as ctx:
        change = ProviderChange("deepl", server.url, KEY.get_secret_value())
        set_provider(ctx, box, change, {"deepl": True})


def test_a_provider_that_translates_is_shown(
    chosen: None, server: ProviderServer, fyr: Fyr
) -> None:
    done = fyr("translation", "check")
    assert done.code == 0, done.err
    assert "DeepL" in done.out
    assert "status.example.com" in done.out
    ((_, headers, _),) = server.asked
    assert headers["authorization"] == f"DeepL-Auth-Key {KEY.get_secret_value()}"


def test_a_provider_that_does_not_is_an_error_with_its_code(
    chosen: None, server: ProviderServer, fyr: Fyr
) -> None:
    server.status = 456
    done = fyr("translation", "check")
    assert done.code == 1
    assert "quota_exceeded" in done.err
    assert KEY.get_secret_value() not in done.err


def test_without_a_provider_it_says_so(
    sqlite_url: str, fyr: Fyr, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FYR_DATABASE_URL", sqlite_url)
    assert "Machine translation is off." in fyr("translation", "check").err
