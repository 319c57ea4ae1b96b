"""FYR_* settings, read once at the start and handed down. docs/settings.md describes each."""

import re
import secrets
from contextlib import suppress
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.domain.errors import FyrError
from app.domain.permissions import Role

__all__ = ["Settings", "SettingsError", "load_settings", "secret_key"]

Network = IPv4Network | IPv6Network

_SHORTEST_SECRET = 32
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_KNOWN_DATABASES = "must be sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME"
# Read here, so that a server need not wait for SQLAlchemy before it answers from its snapshot.
_SQLITE = re.compile(r"sqlite:///(?!:memory:|\?).+")
_POSTGRESQL = re.compile(
    r"(?:postgres|postgresql|postgresql\+psycopg)://"
    r"((?:[^:/@]*(?::[^@]*)?@)?(?:\[[^/?]+\]|[^/:?]*)(?::[0-9]*)?(?:/[^?]*)?(?:\?.*)?)"
)


class SettingsError(FyrError):
    """A setting is wrong or missing; the message names it and says what to do."""

    code = "settings"


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
        50, ge=1, le=2000, description="How many connections of probes may be open at once."
    )
    probe_timeout_seconds: float = Field(
        10.0, gt=0, le=60, description="How long the look at one address may take."
    )
    probe_days: int = Field(
        30, ge=1, le=3660, description="For how many days single probes are kept."
    )
    hook_days: int = Field(
        14, ge=1, le=3660, description="For how many days what monitors sent is kept."
    )
    hook_rate: int = Field(
        300,
        ge=0,
        le=1_000_000,
        description="How many requests a new source may send in five minutes on average; a source "
        "that was quiet may send an hour's worth at once. 0 is any number.",
    )
    body_limit_bytes: int = Field(
        1_048_576, ge=1024, description="The largest request body that is read."
    )
    upload_limit_bytes: int = Field(
        2_097_152, ge=65_536, description="The largest request body that brings a picture."
    )
    front: str = Field(
        "protocol",
        pattern="^(protocol|asgi)$",
        description="How pages from memory are answered: `protocol`, straight from the server's "
        "parser, or `asgi`, as an ordinary application. The bytes are the same.",
    )
    snapshot_dir: Path = Field(
        Path(),
        description="Where hot pages are written, and read at a start without the database; "
        "`snapshot` in the data directory when empty.",
    )
    page_memory_mb: int = Field(
        4,
        ge=1,
        le=65536,
        description="How many megabytes of memory pages may take that were asked for once; what is "
        "kept ready at all times comes on top.",
    )
    session_days: int = Field(
        14, ge=1, le=90, description="After how many days without use the console asks who it is."
    )
    metrics_networks: Annotated[tuple[Network, ...], NoDecode] = Field(
        (), description="Networks (CIDR, comma separated) that may read `/metrics`."
    )
    metrics_token: SecretStr = Field(
        SecretStr(""), description="Who sends it as a bearer token may read `/metrics`."
    )
    oidc_issuer: str = Field(
        "",
        description="The OpenID Connect provider that staff sign in with, as it calls itself, such "
        "as `https://login.example.com/realms/staff`; none when empty.",
    )
    oidc_client_id: str = Field(
        "", validate_default=True, description="What the provider calls Fyr."
    )
    oidc_client_secret: SecretStr = Field(
        SecretStr(""),
        description="What Fyr proves itself with to the provider; a client without "
        "a secret is a public one.",
    )
    oidc_scope: str = Field(
        "openid email profile",
        pattern="^openid( [!-~]+)*$",
        description="What is asked of the provider; some tell groups only for `groups`.",
    )
    oidc_role_claim: str = Field(
        "groups",
        min_length=1,
        description="The claim that decides the role: a text or a list of texts; "
        "`realm_access.roles` is one inside another.",
    )
    oidc_roles: Annotated[tuple[tuple[str, Role], ...], NoDecode] = Field(
        (),
        validate_default=True,
        description="Which value of that claim gives which role, such as "
        "`sre=admin, oncall=editor`; the highest counts, and `*` stands for everybody.",
    )
    log_level: str = Field(
        "info", pattern="^(debug|info|warning|error)$", description="How much is logged."
    )

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: SecretStr) -> SecretStr:
        given = value.get_secret_value()
        if not given:
            return value
        if _SQLITE.fullmatch(given):
            return value
        found = _POSTGRESQL.fullmatch(given)
        if found is None:
            raise ValueError(_KNOWN_DATABASES)
        return SecretStr(f"postgresql+psycopg://{found[1]}")

    @field_validator("secret_key", "metrics_token")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < _SHORTEST_SECRET:
            raise ValueError(f"must have at least {_SHORTEST_SECRET} characters")
        return value

    @field_validator("allowed_networks", "metrics_networks", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return tuple(ip_network(part.strip()) for part in value.split(",") if part.strip())
        except ValueError:
            # The library's own message repeats the value.
            raise ValueError("must be networks such as 10.0.0.0/8, fd00::/8") from None

    @field_validator("oidc_issuer")
    @classmethod
    def _issuer(cls, value: str) -> str:
        try:
            parts = urlsplit(value)
        except ValueError:
            parts = urlsplit("")
        safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        if value and not (safe and parts.hostname and not parts.query and not parts.fragment):
            raise ValueError("must be an https address such as https://login.example.com")
        return value.rstrip("/")

    @field_validator("oidc_roles", mode="before")
    @classmethod
    def _mapping(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        pairs = [part.rpartition("=") for part in value.split(",") if part.strip()]
        try:
            return tuple((said.strip(), Role(role.strip())) for said, _, role in pairs)
        except ValueError:
            raise ValueError("must be pairs such as sre=admin, oncall=editor") from None

    @field_validator("oidc_client_id", "oidc_roles")
    @classmethod
    def _needed_with_issuer(cls, value: object, about: ValidationInfo) -> object:
        if about.data.get("oidc_issuer") and not value:
            raise ValueError("must be given where FYR_OIDC_ISSUER is")
        return value

    @field_validator("base_url")
    @classmethod
    def _bare_url(cls, value: str) -> str:
        try:
            parts = urlsplit(value.rstrip("/"))
            bare = parts._replace(scheme="", netloc="").geturl() == "" and parts.port != 0
        except ValueError:
            bare = False
        if not bare or parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("must be an address such as https://status.example.com, no path")
        return value.rstrip("/")

    @property
    def snapshots(self) -> Path:
        """The folder of the snapshot, with the default filled in."""
        given = self.snapshot_dir
        return self.data_dir / "snapshot" if given == Path() else given

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
        found = error.errors(include_input=False, include_url=False, include_context=False)
        wrong = (f"FYR_{str(each['loc'][0]).upper()}: {_reason(each['msg'])}" for each in found)
        raise SettingsError("; ".join(wrong)) from None
    except (OSError, UnicodeDecodeError):
        raise SettingsError("The file .env cannot be read as UTF-8 text.") from None


def _reason(message: str) -> str:
    return message.removeprefix("Value error, ")


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
        # Of several processes that start at once one makes the key, and all use it.
        with suppress(FileExistsError):
            kept.hardlink_to(fresh)
        fresh.unlink()
    return kept.read_bytes()
