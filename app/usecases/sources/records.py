"""Records of sources: input, output for staff, and credentials for authentication."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime

from app.db.tables import SourceRow
from app.payloads.options import current_names

__all__ = [
    "CreatedSource",
    "NewSource",
    "Options",
    "SourceChanges",
    "SourceCredentials",
    "StaffSource",
    "record_of",
]

Options = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class NewSource:
    """Source to be added. A required secret that is not given is generated.

    `stale_after_seconds` None means the default of the adapter, 0 never. `rate_limit` is the
    number of requests per five minutes on average, 0 means no limit.
    """

    kind: str
    name: str
    auth: str = "token"
    auth_options: Options = field(default_factory=dict)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    options: Options = field(default_factory=dict)
    publish: str = "draft"
    stale_after_seconds: int | None = None
    rate_limit: int = 300
    accept_untested: bool = False


@dataclass(frozen=True, slots=True)
class SourceChanges:
    """Changes to a source; None leaves a field unchanged."""

    name: str | None = None
    auth: str | None = None
    auth_options: Options | None = None
    secrets: tuple[str, ...] | None = field(default=None, repr=False)
    options: Options | None = None
    publish: str | None = None
    stale_after_seconds: int | None = None
    rate_limit: int | None = None
    enabled: bool | None = None
    accept_untested: bool = False


@dataclass(frozen=True, slots=True)
class StaffSource:
    """Source for staff, without secret values; `secrets` is their number.

    `tested` is whether an event of it ever began or ended an alert.
    """

    id: str
    kind: str
    name: str
    auth: str
    auth_options: Options
    secrets: int
    options: Options
    publish: str
    stale_after_seconds: int | None
    rate_limit: int
    enabled: bool
    tested: bool
    former_valid_until: datetime | None
    last_event_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class CreatedSource:
    """Source with a newly generated token or secret, which are returned only once."""

    source: StaffSource
    token: str | None = field(repr=False)
    secret: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class SourceCredentials:
    """Credentials of a source, for authenticating its requests; `source_id` is internal.

    `options` are those of its adapter, and `header_names` the headers that these read.
    """

    source_id: int
    kind: str
    auth: str
    auth_options: Options
    rate_limit: int
    secrets: tuple[str, ...] = field(repr=False)
    options: Options = field(default_factory=dict, repr=False)
    header_names: Set[str] = frozenset()


def record_of(row: SourceRow) -> StaffSource:
    """Convert a row to the record for staff."""
    return StaffSource(
        id=row.public_id,
        kind=row.kind,
        name=row.name,
        auth=row.auth,
        auth_options=dict(row.auth_options),
        secrets=len(row.secrets),
        options=dict(current_names(row.options)),
        publish=row.publish,
        stale_after_seconds=row.stale_after_seconds,
        rate_limit=row.rate_limit,
        enabled=row.is_enabled,
        tested=row.understood_at is not None,
        former_valid_until=row.former_valid_until,
        last_event_at=row.last_event_at,
        created_at=row.created_at,
    )
