"""FYR_* settings, read once at the start and handed down. docs/settings.md describes each."""

import secrets
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

__all__ = ["Settings", "SettingsError", "load_settings"]

Network = IPv4Network | IPv6Network


class SettingsError(Exception):
    """A setting is wrong or missing; the message names it and says what to do."""


class Settings(BaseSettings):
    """Everything the environment decides. Wrong values refuse to start."""

    model_config = SettingsConfigDict(
        env_prefix="FYR_", env_file=".env", extra="ignore", frozen=True, hide_input_in_errors=True
    )

    database_url: SecretStr = Field(
        SecretStr(""),
        description="`sqlite:///FILE` or `postgresql+psycopg://USER:PASSWORD@HOST/NAME`; "
        "a SQLite file in the data directory when empty.",
    )
    data_dir: Path = Field(Path("var"), description="Where Fyr keeps its own files.")
    base_url: str = Field(
        "http://127.0.0.1:8000", description="The public address of the page, without a path."
    )
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="Signs what leaves and comes back; made once in the data directory when empty.",
    )
    allowed_networks: Annotated[tuple[Network, ...], NoDecode] = Field(
        (),
        description="Networks (CIDR, comma separated) that probes and webhooks may reach besides "
        "public addresses.",
    )
    probe_concurrency: int = Field(
        50, ge=1, le=2000, description="How many probes may be on their way at once."
    )
    probe_timeout_seconds: float = Field(
        10.0, gt=0, le=60, description="How long one probe may take from name to chain."
    )
    probe_days: int = Field(
        30, ge=1, le=3660, description="For how many days single probes are kept."
    )
    body_limit_bytes: int = Field(
        1_048_576, ge=1024, description="The largest request body that is read."
    )
    page_memory_mb: int = Field(
        32, ge=1, le=65536, description="How many megabytes of rendered pages are kept in memory."
    )
    log_level: str = Field(
        "info", pattern="^(debug|info|warning|error)$", description="How much is logged."
    )

    @field_validator("allowed_networks", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(ip_network(part.strip()) for part in value.split(",") if part.strip())
        return value

    @field_validator("base_url")
    @classmethod
    def _bare_url(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value.rstrip("/")

    @property
    def is_embedded(self) -> bool:
        """Whether the database is the SQLite file that Fyr looks after by itself."""
        return self.database.startswith("sqlite")

    @property
    def database(self) -> str:
        """The database's URL, with the default filled in. Holds a password: never log it."""
        given = self.database_url.get_secret_value()
        return given or f"sqlite:///{self.data_dir.resolve() / 'fyr.db'}"


def load_settings(**overrides: object) -> Settings:
    """The settings from the environment, `.env`, and `overrides`.

    Raises SettingsError naming each wrong setting. Never repeats a value: it may be a secret.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        wrong = (
            f"FYR_{str(each['loc'][0]).upper()}: {each['msg']}" if each["loc"] else each["msg"]
            for each in error.errors(include_input=False, include_url=False, include_context=False)
        )
        raise SettingsError("; ".join(wrong)) from None


def secret_key(settings: Settings) -> bytes:
    """The signing key: the setting, or the one kept in the data directory, made on first use."""
    given = settings.secret_key.get_secret_value()
    if given:
        return given.encode()
    kept = settings.data_dir / "secret.key"
    if not kept.exists():
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        fresh = settings.data_dir / f".secret.{secrets.token_hex(4)}"
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48))
        fresh.rename(kept)
    return kept.read_bytes()
