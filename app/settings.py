"""Settings: FYR_* environment variables, read once at the start. docs/settings.md lists them."""

import os
import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, NoDecode, SettingsConfigDict

from app.database_settings import DatabaseSettings
from app.domain.errors import FyrError
from app.domain.links import has_user_info
from app.domain.notifications.push_hosts import DEFAULT_PUSH_HOSTS
from app.domain.permissions import Role
from app.host_names import ascii_host
from app.http_settings import HttpSettings
from app.mail_settings import MailSettings
from app.setting_names import ENV_FILE, PREFIX, unknown_names

__all__ = [
    "MIN_SECRET_LENGTH",
    "Settings",
    "SettingsError",
    "env_file",
    "load_settings",
    "move_to_environment",
]

Network = IPv4Network | IPv6Network

MIN_SECRET_LENGTH = 32
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_LOG_TARGET = re.compile(
    r"stderr|stdout|syslog:(?:/.+|(?:udp|tcp)://(?:\[[^]]+\]|[^:/\[\]]+):(?P<port>[0-9]{1,5})/?)"
)
_PORTS = 2**16


class SettingsError(FyrError):
    """A setting is invalid or missing; the message names it and says what to do."""

    code = "settings"


class Settings(MailSettings, HttpSettings, DatabaseSettings, BaseSettings):
    """All settings. An invalid value prevents the start."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True, hide_input_in_errors=True
    )

    data_dir: Path = Field(Path("var"), description="The directory for Fyr's own files.")
    base_url: str = Field(
        "http://127.0.0.1:8000", description="The public URL of the page, without a path."
    )
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="The key for signatures and encryption; when empty, one is created in the "
        "data directory.",
    )
    former_secret_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (),
        description="Former values of `FYR_SECRET_KEY`, comma separated, until `fyr key rotate` "
        "has encrypted everything with the present one.",
    )
    allowed_networks: Annotated[tuple[Network, ...], NoDecode] = Field(
        (),
        description="Networks (CIDR, comma separated) that probes and webhooks may reach besides "
        "public addresses.",
    )
    push_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        DEFAULT_PUSH_HOSTS,
        description="Hosts of push services that browsers may name (comma separated); `*.` stands "
        "for one label or more.",
    )
    probe_concurrency: int = Field(
        50,
        ge=1,
        le=2000,
        description="The largest number of probe connections that are open at once.",
    )
    probe_timeout_seconds: float = Field(
        10.0, gt=0, le=60, description="The time-out for probing one address."
    )
    probe_days: int = Field(
        30, ge=1, le=3660, description="For how many days single probes are stored."
    )
    hook_days: int = Field(
        14, ge=1, le=3660, description="For how many days inbound events of monitors are stored."
    )
    audit_days: int = Field(
        0,
        ge=0,
        le=36_600,
        description="For how many days entries of the audit log are stored; 0 means for ever.",
    )
    delivery_days: int = Field(
        90,
        ge=1,
        le=3660,
        description="For how many days notifications and their deliveries are stored.",
    )
    backup_dir: str = Field(
        "",
        description="The folder, or `s3://BUCKET/PREFIX`, to which the worker writes a backup each "
        "night; none when empty.",
    )
    backup_keep: int = Field(
        14, ge=1, le=3660, description="How many nightly backups are kept; older ones are deleted."
    )
    coalesce_seconds: int = Field(
        600,
        ge=0,
        le=86_400,
        description="After how many seconds a notification that waits is replaced by a newer one "
        "about the same incident or maintenance, which contains its text; 0 means never.",
    )
    security_contact: str = Field(
        "",
        max_length=500,
        description="Where faults in security are reported, as a URL such as "
        "`mailto:security@example.com`; `/.well-known/security.txt` then exists.",
    )
    security_policy: str = Field(
        "",
        max_length=500,
        description="The https URL of the policy for reports, for `/.well-known/security.txt`.",
    )
    hook_rate: int = Field(
        300,
        ge=0,
        le=1_000_000,
        description="How many requests a new source may send in five minutes on average; a source "
        "that was quiet before may send the requests of one hour at once. 0 means no limit.",
    )
    hook_source_day_bytes: int = Field(
        500_000_000,
        ge=0,
        description="How many bytes of inbound events are stored of one source in a UTC day; 0 "
        "means no limit.",
    )
    hook_day_bytes: int = Field(
        2_000_000_000,
        ge=0,
        description="How many bytes of inbound events are stored of all sources in a UTC day; 0 "
        "means no limit.",
    )
    front: str = Field(
        "protocol",
        pattern="^(protocol|asgi)$",
        description="How pages are answered from memory: `protocol`, in the server's HTTP parser, "
        "or `asgi`, as an ordinary ASGI application. Both send the same bytes.",
    )
    snapshot_dir: Path = Field(
        Path(),
        description="The directory of the page snapshot, from which a start without the database "
        "answers; `snapshot` in the data directory when empty.",
    )
    page_memory_mb: int = Field(
        4,
        ge=1,
        le=65536,
        description="The memory for pages that were requested, in megabytes; hot pages are "
        "stored besides.",
    )
    session_days: int = Field(
        14, ge=1, le=90, description="After how many days without use a console session ends."
    )
    second_factor_roles: Annotated[tuple[Role, ...], NoDecode] = Field(
        (),
        description="The roles whose users have to sign in with a second factor, a passkey or "
        "single sign-on, such as `admin, editor`.",
    )
    api_rate: int = Field(
        600,
        ge=0,
        le=1_000_000,
        description="How many requests an API token may send in a minute to each web process; 0 "
        "means no limit.",
    )
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = Field(
        (),
        description="Addresses and networks (CIDR, comma separated) of the proxies whose "
        "`X-Forwarded-For` is believed; 127.0.0.1 and ::1 when empty.",
    )
    metrics_networks: Annotated[tuple[Network, ...], NoDecode] = Field(
        (), description="Networks (CIDR, comma separated) that may read `/metrics`."
    )
    metrics_token: SecretStr = Field(
        SecretStr(""), description="The bearer token with which a client may read `/metrics`."
    )
    oidc_issuer: str = Field(
        "",
        description="The issuer URL of the OpenID Connect provider for staff, such as "
        "`https://login.example.com/realms/staff`; no single sign-on when empty.",
    )
    oidc_client_id: str = Field(
        "", validate_default=True, description="The client id of Fyr at the provider."
    )
    oidc_client_secret: SecretStr = Field(
        SecretStr(""),
        description="The client secret of Fyr at the provider; a public client has none.",
    )
    oidc_scope: str = Field(
        "openid email profile",
        pattern="^openid( [!-~]+)*$",
        description="The scopes that are requested; some providers send groups only with `groups`.",
    )
    oidc_role_claim: str = Field(
        "groups",
        min_length=1,
        description="The claim that decides the role: a string or a list of strings; "
        "`realm_access.roles` is a nested claim.",
    )
    oidc_roles: Annotated[tuple[tuple[str, Role], ...], NoDecode] = Field(
        (),
        validate_default=True,
        description="Which value of that claim gives which role, such as "
        "`sre=admin, oncall=editor`; the highest role counts, and `*` matches every user.",
    )
    log_level: str = Field(
        "info",
        pattern="^(debug|info|warning|error)$",
        description="The lowest level that is logged.",
    )
    log_format: str = Field(
        "text",
        pattern="^(text|json)$",
        description="The format of the log: `text`, or `json` with one object a line.",
    )
    log_target: str = Field(
        "stderr",
        description="Where the log goes: `stderr`, `stdout`, or besides stderr to a syslog "
        "receiver (RFC 5424): `syslog:/dev/log`, `syslog:udp://HOST:PORT` or "
        "`syslog:tcp://HOST:PORT`.",
    )

    @field_validator("log_level", "log_format", "front", mode="before")
    @classmethod
    def _in_any_case(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("data_dir", mode="before")
    @classmethod
    def _named_directory(cls, value: object) -> object:
        if isinstance(value, str) and not value.strip():
            raise ValueError("must be a directory; leave it out for the default, var")
        return value

    @field_validator("backup_dir")
    @classmethod
    def _folder_or_bucket(cls, value: str) -> str:
        if "://" in value and not re.fullmatch(r"s3://[^\s/]+(/\S*)?", value):
            raise ValueError("must be a folder or s3://BUCKET/PREFIX")
        return value.strip()

    @field_validator("base_url", "oidc_issuer")
    @classmethod
    def _without_blanks(cls, value: str) -> str:
        if re.search(r"\s", value):
            raise ValueError("must not contain blanks")
        return value

    @field_validator("security_contact", "security_policy")
    @classmethod
    def _uri(cls, value: str) -> str:
        is_uri = re.fullmatch(r"(https://|mailto:|tel:)[!-~]+", value) and not has_user_info(value)
        if value and not is_uri:
            raise ValueError("must be a URL such as mailto:security@example.com or https://...")
        return value

    @field_validator("log_target")
    @classmethod
    def _known_target(cls, value: str) -> str:
        found = _LOG_TARGET.fullmatch(value)
        if found is None or not 0 < int(found["port"] or 1) < _PORTS:
            raise ValueError(
                "must be stderr, stdout, syslog:/dev/log, syslog:udp://HOST:PORT or "
                "syslog:tcp://HOST:PORT"
            )
        return value

    @field_validator("secret_key", "metrics_token")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < MIN_SECRET_LENGTH:
            raise ValueError(f"must have at least {MIN_SECRET_LENGTH} characters")
        return value

    @field_validator("second_factor_roles", mode="before")
    @classmethod
    def _split_roles(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return tuple(Role(part.strip()) for part in value.split(",") if part.strip())
        except ValueError:
            raise ValueError("must be roles such as admin, editor") from None

    @field_validator("former_secret_keys", mode="before")
    @classmethod
    def _split_keys(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(SecretStr(part.strip()) for part in value.split(",") if part.strip())

    @field_validator("push_hosts", mode="before")
    @classmethod
    def _split_hosts(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        hosts = tuple(part.strip().lower() for part in value.split(",") if part.strip())
        if any(ascii_host(each.removeprefix("*.")) != each.removeprefix("*.") for each in hosts):
            raise ValueError("must be host names such as push.example.com, *.push.example.com")
        return hosts

    @field_validator("allowed_networks", "metrics_networks", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return tuple(ip_network(part.strip()) for part in value.split(",") if part.strip())
        except ValueError:
            # The message of ip_network repeats the value.
            raise ValueError("must be networks such as 10.0.0.0/8, fd00::/8") from None

    @field_validator("oidc_issuer")
    @classmethod
    def _issuer(cls, value: str) -> str:
        try:
            parts = urlsplit(value)
        except ValueError:
            parts = urlsplit("")
        safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        safe = safe and not has_user_info(value)
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
            return tuple((value.strip(), Role(role.strip())) for value, _, role in pairs)
        except ValueError:
            raise ValueError("must be pairs such as sre=admin, oncall=editor") from None

    @field_validator("oidc_client_id", "oidc_roles")
    @classmethod
    def _needed_with_issuer(cls, value: object, info: ValidationInfo) -> object:
        if info.data.get("oidc_issuer") and not value:
            raise ValueError("must be given where FYR_OIDC_ISSUER is")
        return value

    @field_validator("base_url")
    @classmethod
    def _bare_url(cls, value: str) -> str:
        try:
            parts = urlsplit(value.rstrip("/"))
            bare = parts._replace(scheme="", netloc="").geturl() == "" and parts.port != 0
            bare = bare and not has_user_info(value)
        except ValueError:
            bare = False
        if not bare or parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("must be an address such as https://status.example.com, no path")
        return value.rstrip("/")

    @property
    def is_https(self) -> bool:
        """Whether the public URL of the page is an https URL."""
        return self.base_url.startswith("https://")

    @property
    def snapshots(self) -> Path:
        """The directory of the snapshot, with the default filled in."""
        configured = self.snapshot_dir
        return self.data_dir / "snapshot" if configured == Path() else configured

    @property
    def is_embedded(self) -> bool:
        """Whether the database is SQLite."""
        return self.database.startswith("sqlite")

    @property
    def database(self) -> str:
        """The URL of the database, with the default filled in. Never log it: it has a password."""
        configured = self.database_url.get_secret_value()
        return configured or f"sqlite:///{self.data_dir.resolve() / 'fyr.db'}"

    @property
    def database_file(self) -> Path:
        """The file of an embedded database."""
        return Path(self.database.removeprefix("sqlite:///").partition("?")[0])


def env_file() -> str:
    """The file of settings: what FYR_ENV_FILE names, or `.env`. Empty when there is to be none."""
    return os.environ.get(ENV_FILE, ".env")


def load_settings(**overrides: object) -> Settings:
    """The settings from the environment, the file of settings, and `overrides`.

    `_env_file` among them is another file of settings, or None for none.
    Raises SettingsError, which names each invalid setting and each FYR_* variable that is none, but
    no value: it may be a secret.
    """
    try:
        file = str(overrides.pop("_env_file", env_file()) or "")
        _refuse_unknown(_variables_in(file))
        return Settings(_env_file=file or None, **overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False, include_context=False)
        wrong = (f"FYR_{str(each['loc'][0]).upper()}: {_reason(each['msg'])}" for each in found)
        raise SettingsError("; ".join(wrong)) from None


def move_to_environment() -> None:
    """Set what the file of settings says in the environment, which is read instead from now on.

    For a process that will not be allowed to read the file.
    """
    variables = _variables_in(env_file())
    present = {name.upper() for name in os.environ}
    for name, value in variables.items():
        if name.upper().startswith(PREFIX) and name.upper() not in present and value is not None:
            os.environ[name.upper()] = value
    os.environ[ENV_FILE] = ""


def _variables_in(file: str) -> Mapping[str, str | None]:
    """The variables in a file of settings; an absent `.env` has none."""
    if not file:
        return {}
    try:
        if file == os.environ.get(ENV_FILE):
            Path(file).open("rb").close()  # it has to be there
        return DotEnvSettingsSource(Settings, env_file=file).env_vars
    except UnicodeDecodeError:
        raise SettingsError(f"The file {file} cannot be read as UTF-8 text.") from None
    except OSError as error:
        raise SettingsError(f"The file {file} cannot be read: {error.strerror}.") from None


def _refuse_unknown(in_file: Mapping[str, str | None]) -> None:
    settings = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    if unknown := unknown_names({**os.environ, **in_file}, settings):
        raise SettingsError("; ".join(unknown))


def _reason(message: str) -> str:
    return message.removeprefix("Value error, ")
