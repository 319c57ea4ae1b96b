"""Settings are read once, refuse what is wrong by its name, and never repeat a value."""

import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network
from pathlib import Path

import pytest

from app.secret_keys import secret_key
from app.settings import Settings, SettingsError, load_settings

Set = Callable[..., Settings]


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Set:
    """Reads the settings of an environment with these FYR_ variables, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def read(**values: str) -> Settings:
        for name, value in values.items():
            monkeypatch.setenv(f"FYR_{name}", value)
        return load_settings()

    return read


def test_without_any_setting_the_database_is_a_file_in_the_data_directory(
    given: Set, tmp_path: Path
) -> None:
    settings = given()
    assert settings.database == f"sqlite:///{tmp_path / 'var' / 'fyr.db'}"
    assert settings.is_embedded


def test_the_environment_decides(given: Set) -> None:
    settings = given(PROBE_DAYS="7", ALLOWED_NETWORKS="10.0.0.0/8, fd00::/8,")
    assert settings.probe_days == 7
    assert settings.allowed_networks == (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


def test_a_file_beside_decides_what_the_environment_does_not(given: Set, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("FYR_PROBE_DAYS=7\nFYR_LOG_LEVEL=error\n")
    settings = given(PROBE_DAYS="8")
    assert (settings.probe_days, settings.log_level) == (8, "error")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "hunter2"),
        ("DATABASE_URL", "mysql://hunter2@db/fyr"),
        ("DATABASE_URL", "postgresql+psycopg://fyr:hunter2@db:port/fyr"),
        ("DATABASE_URL", "postgresql://fyr:p@hunter2@db/fyr"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("SECRET_KEY", "hunter2"),
        ("ALLOWED_NETWORKS", "hunter2"),
        ("ALLOWED_NETWORKS", "10.0.0.1/8"),
        ("BASE_URL", "hunter2.example"),
        ("BASE_URL", "ftp://hunter2.example"),
        ("BASE_URL", "https://"),
        ("BASE_URL", "https://hunter2.example/status"),
        ("BASE_URL", "https://hunter2.example?a=b"),
        ("BASE_URL", "https://hunter2.example:port"),
        ("BASE_URL", "https://hunter2. example"),
        ("BASE_URL", " https://hunter2.example"),
        ("BASE_URL", "https://hunter2.example/ "),
        ("DATABASE_URL", "postgresql://fyr:hunter2@db.exa mple/fyr"),
        ("DATABASE_URL", "postgresql://fyr:hunter2@db/fyr\n"),
        ("DATABASE_URL", " sqlite:///hunter2.db"),
        ("DATA_DIR", ""),
        ("DATA_DIR", " "),
        ("OIDC_ISSUER", "https://hunter2.example/a b"),
        ("PROBE_DAYS", "hunter2"),
        ("PROBE_DAYS", "0"),
        ("PROBE_TIMEOUT_SECONDS", "nan"),
        ("LOG_LEVEL", "hunter2"),
    ],
)
def test_a_wrong_setting_is_named_without_its_value(given: Set, name: str, value: str) -> None:
    with pytest.raises(SettingsError) as refused:
        given(**{name: value})
    reported = str(refused.value)
    assert reported.startswith(f"FYR_{name}: ")
    assert "hunter2" not in reported
    assert "10.0.0.1" not in reported
    assert "\n" not in reported


def test_all_that_is_wrong_is_reported_at_once(given: Set) -> None:
    with pytest.raises(SettingsError, match=r"FYR_PROBE_DAYS: .*; FYR_LOG_LEVEL: "):
        given(PROBE_DAYS="x", LOG_LEVEL="x")


@pytest.mark.parametrize("name", ["DATABSE_URL", "database_ulr", "DATABASE_URI"])
def test_a_misspelt_setting_is_refused_with_the_nearest_name(given: Set, name: str) -> None:
    with pytest.raises(SettingsError) as refused:
        given(**{name: "postgresql://fyr:hunter2@db/fyr"})
    expected = f"FYR_{name.upper()} is not a setting of Fyr; did you mean FYR_DATABASE_URL?"
    assert str(refused.value) == expected


def test_a_setting_that_resembles_none_is_refused_with_where_they_are_listed(given: Set) -> None:
    with pytest.raises(SettingsError, match=r"FYR_ZZZ is not .* docs/settings\.md"):
        given(ZZZ="1")


def test_a_misspelt_setting_in_the_file_is_refused(given: Set, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("FYR_LOG_LEVEL=error\nexport FYR_DATA_DIRECTORY=/srv/fyr\n")
    with pytest.raises(SettingsError, match=r"FYR_DATA_DIRECTORY .* FYR_DATA_DIR\?"):
        given()


def test_variables_of_other_programs_and_of_commands_are_left_alone(
    given: Set, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("COMPOSE_PROJECT_NAME=fyr\nPOSTGRES_PASSWORD=x\n")
    monkeypatch.setenv("FYRTORN_URL", "x")
    assert given(IMPORT_TOKEN="t", ROOT="/opt/fyr", RELOAD="true").probe_days == 30


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SERVICE_HOST", "10.0.0.1"),
        ("SERVICE_PORT", "8000"),
        ("SERVICE_PORT_HTTP", "8000"),
        ("PORT", "tcp://10.0.0.1:8000"),
        ("PORT_8000_TCP", "tcp://10.0.0.1:8000"),
        ("PORT_8000_TCP_ADDR", "10.0.0.1"),
        ("WORKER_PORT", "udp://10.0.0.1:8000"),
        ("DB_SERVICE_HOST", "10.0.0.2"),
    ],
)
def test_variables_that_an_orchestrator_sets_for_a_service_are_left_alone(
    given: Set, name: str, value: str
) -> None:
    assert given(**{name: value}).probe_days == 30


def test_a_port_is_not_a_setting(given: Set) -> None:
    with pytest.raises(SettingsError, match="FYR_PORT is not a setting"):
        given(PORT="8080")


@pytest.mark.parametrize("level", ["INFO", "Warning"])
def test_the_level_of_the_log_is_accepted_in_any_case(given: Set, level: str) -> None:
    assert given(LOG_LEVEL=level).log_level == level.lower()


def test_the_path_of_a_database_may_contain_blanks(given: Set) -> None:
    assert given(DATABASE_URL="sqlite:////srv/our data/fyr.db").is_embedded


def test_a_file_that_is_no_text_is_refused(given: Set, tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"FYR_LOG_LEVEL=\xff\xfe")
    with pytest.raises(SettingsError, match=r"\.env"):
        given()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_goes_by_any_of_its_names(given: Set, scheme: str) -> None:
    settings = given(DATABASE_URL=f"{scheme}://fyr:p%40ss@db.example:5433/fyr")
    assert settings.database == "postgresql+psycopg://fyr:p%40ss@db.example:5433/fyr"
    assert not settings.is_embedded


def test_secrets_do_not_show_in_a_representation(given: Set) -> None:
    settings = given(DATABASE_URL="postgresql://fyr:hunter2@db/fyr", SECRET_KEY="hunter2" * 5)
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in str(settings)


def test_the_base_url_loses_its_final_slash(given: Set) -> None:
    assert given(BASE_URL="https://status.example.com/").base_url == "https://status.example.com"


def test_a_given_secret_key_is_used(given: Set) -> None:
    assert secret_key(given(SECRET_KEY="k" * 32)) == b"k" * 32


def test_a_secret_key_is_made_once_and_kept_from_others(given: Set, tmp_path: Path) -> None:
    settings = given()
    made = secret_key(settings)
    assert len(made) >= 32
    assert secret_key(settings) == made
    (stored,) = (tmp_path / "var").iterdir()
    assert stat.S_IMODE(stored.stat().st_mode) == 0o600


def test_processes_that_start_together_make_one_secret_key(given: Set) -> None:
    settings = given()
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(secret_key, [settings] * 8))) == 1
