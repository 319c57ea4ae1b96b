"""Settings of the database: where it is, and how many connections and how much time it gets."""

import re

from pydantic import BaseModel, Field, SecretStr, field_validator

__all__ = ["DatabaseSettings"]

_DATABASE_FORMATS = (
    "must be sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME, without blanks"
)
# Parsed here and not by SQLAlchemy: a server answers from its snapshot before that is imported.
_SQLITE = re.compile(r"sqlite:///(?!:memory:|\?).+")
_POSTGRESQL = re.compile(
    r"(?:postgres|postgresql|postgresql\+psycopg)://"
    r"((?:[^:/@]*(?::[^@]*)?@)?(?:\[[^/?@]+\]|[^/:?@]*)(?::[0-9]*)?(?:/[^?]*)?(?:\?.*)?)"
)


class DatabaseSettings(BaseModel):
    """The database: the part of the FYR_* settings about it."""

    database_url: SecretStr = Field(
        SecretStr(""),
        description="`sqlite:///FILE` or `postgresql+psycopg://USER:PASSWORD@HOST/NAME`; "
        "a SQLite file in the data directory when empty.",
    )
    database_pool_size: int = Field(
        15,
        ge=5,
        le=1000,
        description="The largest number of connections of each process to the database. A third of "
        "them stays open when they are not used.",
    )
    database_statement_seconds: float = Field(
        30.0,
        ge=1,
        le=3600,
        description="After how many seconds PostgreSQL ends a statement; migrations and restoring "
        "have ten minutes.",
    )

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: SecretStr) -> SecretStr:
        url = value.get_secret_value()
        if not url:
            return value
        # Only the path of a file may contain blanks.
        if _SQLITE.fullmatch(url) and url == url.strip():
            return value
        found = _POSTGRESQL.fullmatch(url)
        if found is None or re.search(r"\s", url):
            raise ValueError(_DATABASE_FORMATS)
        return SecretStr(f"postgresql+psycopg://{found[1]}")
