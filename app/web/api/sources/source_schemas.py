from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Field, StrictBool, StrictInt, StrictStr
from pydantic.json_schema import SkipJsonSchema

from app.domain.alerts.sources import EventVerdict
from app.usecases.sources import dry_runs, quota, records, samples
from app.usecases.sources import events as source_events
from app.usecases.sources.inbox import BODY_LIMIT
from app.web.api.fields import PatchSchema, RequestSchema, ResponseSchema
from app.web.api.request import ApiRequest
from app.web.api.sources.route_schemas import Matcher, NewRoute

__all__ = [
    "Alert",
    "CreatedSource",
    "DryRun",
    "DryRunRequest",
    "NewSecret",
    "NewSource",
    "Source",
    "SourceChange",
    "SourceEvent",
    "SourceQuota",
    "TokenRotation",
]

Publish = Annotated[
    StrictStr, Field(max_length=30, description="`draft`, `auto` or `auto_after:MINUTES`.")
]
Secrets = Annotated[
    tuple[Annotated[StrictStr, Field(max_length=500)], ...],
    Field(max_length=2, description="Newest first; a second one is valid during a rotation."),
]
Options = Annotated[
    dict[str, Any], Field(max_length=50, description="Options of the adapter of this kind.")
]
AuthOptions = Annotated[dict[str, Any], Field(max_length=10)]
OverlapSeconds = Annotated[
    StrictInt, Field(description="For how many seconds the former one stays valid.")
]
AcceptUntested = Annotated[
    StrictBool, Field(description="Allow publishing before an event of the source was parsed.")
]
_DEFAULT_OVERLAP_SECONDS = 86_400


class NewSource(RequestSchema):
    """Source to be added."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"kind": "alertmanager", "name": "Prometheus"}]}
    )

    kind: Annotated[StrictStr, Field(max_length=60)]
    name: Annotated[StrictStr, Field(max_length=200)]
    auth: Annotated[StrictStr, Field(max_length=60)] = "token"
    auth_options: AuthOptions = Field(default_factory=dict)
    secrets: Secrets = ()
    options: Options = Field(default_factory=dict)
    publish: Publish = "draft"
    stale_after_seconds: StrictInt | None = None
    rate_limit: StrictInt | None = None
    accept_untested: AcceptUntested = False
    routes: Annotated[tuple[NewRoute, ...], Field(max_length=100)] = ()

    def to_record(self, rate_limit: int) -> records.NewSource:
        values = self.model_dump(exclude={"routes", "rate_limit"})
        limit = rate_limit if self.rate_limit is None else self.rate_limit
        return records.NewSource(**values, rate_limit=limit)


class SourceChange(PatchSchema):
    """Changes to a source; fields that are left out stay unchanged."""

    nullable: ClassVar[frozenset[str]] = frozenset()
    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Prometheus north"}]})

    name: Annotated[StrictStr, Field(max_length=200)] | SkipJsonSchema[None] = None
    auth: Annotated[StrictStr, Field(max_length=60)] | SkipJsonSchema[None] = None
    auth_options: AuthOptions | SkipJsonSchema[None] = None
    secrets: Secrets | SkipJsonSchema[None] = None
    options: Options | SkipJsonSchema[None] = None
    publish: Publish | SkipJsonSchema[None] = None
    stale_after_seconds: StrictInt | SkipJsonSchema[None] = None
    rate_limit: StrictInt | SkipJsonSchema[None] = None
    enabled: StrictBool | SkipJsonSchema[None] = None
    accept_untested: AcceptUntested = False

    def to_record(self) -> records.SourceChanges:
        return records.SourceChanges(**self.model_dump())


class TokenRotation(RequestSchema):
    """Rotation of the token."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"overlap_seconds": 3600}]})

    overlap_seconds: OverlapSeconds = _DEFAULT_OVERLAP_SECONDS


class NewSecret(RequestSchema):
    """Rotation of the secret; one is generated unless given."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"overlap_seconds": 3600}]})

    secret: Annotated[StrictStr, Field(max_length=500)] | None = None
    overlap_seconds: OverlapSeconds = _DEFAULT_OVERLAP_SECONDS


class SourceQuota(ResponseSchema):
    """Bytes of inbound events that are stored today (UTC), and how many may be.

    `limit_bytes` is null without a limit. The quota of all sources together may be used up first.
    """

    stored_bytes: int
    limit_bytes: int | None
    resets_at: datetime

    @classmethod
    def of_each(cls, request: ApiRequest) -> Callable[[str], "SourceQuota"]:
        """The quota by the id of a source, all read at once."""
        stored = quota.stored_by_source(request.ctx)
        limit, resets_at = request.hook_quota.source_bytes or None, quota.next_day(request.ctx.now)
        return lambda source_id: cls(
            stored_bytes=stored.get(source_id, 0), limit_bytes=limit, resets_at=resets_at
        )


class Source(ResponseSchema):
    """Source without secret values; `secrets` is their number."""

    id: str
    kind: str
    name: str
    auth: str
    auth_options: dict[str, Any]
    secrets: int
    options: dict[str, Any]
    publish: str
    stale_after_seconds: int | None
    rate_limit: int
    enabled: bool
    tested: bool
    former_valid_until: datetime | None
    last_event_at: datetime | None
    created_at: datetime
    quota: SourceQuota

    @classmethod
    def of(cls, source: records.StaffSource, used: SourceQuota) -> "Source":
        fields = {name: getattr(source, name) for name in Source.model_fields if name != "quota"}
        return Source(**fields, quota=used)


class CreatedSource(Source):
    """Source with the new hook URL or a generated secret, which are returned only once."""

    hook_url: str | None
    secret: str | None

    @classmethod
    def made(cls, fresh: records.CreatedSource, request: ApiRequest) -> "CreatedSource":
        url = None if fresh.token is None else f"{request.page.base_url}/hooks/{fresh.token}"
        used = SourceQuota.of_each(request)(fresh.source.id)
        plain = Source.of(fresh.source, used).model_dump()
        return cls(**plain, hook_url=url, secret=fresh.secret)


class SourceEvent(ResponseSchema):
    """Inbound event as received, with the result of its processing.

    Only admins read the request; for others `hidden` is true, and `query`, `headers` and `body`
    are empty.
    """

    id: str
    received_at: datetime
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: str
    hidden: bool
    truncated: bool
    size: int
    idempotency_key: str | None
    repeats: int
    attempts: int
    verdict: EventVerdict
    detail: str
    processed_at: datetime | None
    subscribe_url: str | None = None

    @classmethod
    def of(cls, event: source_events.StaffEvent, subscribe_url: str | None = None) -> "SourceEvent":
        found = cls.model_validate(event, from_attributes=True)
        return found.model_copy(update={"subscribe_url": subscribe_url})


class Alert(ResponseSchema):
    """Episode of an alert, with the texts of the monitor."""

    source: str
    source_name: str
    dedup_key: str
    state: str
    action: str
    severity: str
    title: str
    description: str
    labels: dict[str, str]
    source_url: str | None
    services: dict[str, str]
    incident: str | None
    occurrences: int
    started_at: datetime
    last_seen_at: datetime
    ended_at: datetime | None
    suggested_matchers: tuple[Matcher, ...]

    @classmethod
    def of(cls, alert: source_events.StaffAlert) -> "Alert":
        return cls.model_validate(alert, from_attributes=True)


class SampleRequest(RequestSchema):
    """Request that a monitor could send, for a dry run."""

    method: Annotated[StrictStr, Field(pattern="^(GET|POST|PUT)$")] = "POST"
    path: Annotated[StrictStr, Field(max_length=1000)] = ""
    query: Annotated[StrictStr, Field(max_length=16_000)] = ""
    headers: Annotated[dict[str, StrictStr], Field(max_length=100)] = Field(default_factory=dict)
    body: Annotated[StrictStr, Field(max_length=BODY_LIMIT)] = ""

    def to_record(self) -> samples.SampleRequest:
        return samples.SampleRequest(**self.model_dump())


class DryRunRequest(RequestSchema):
    """Parameters of a dry run; `options` and `routes` replace the stored ones.

    `sample` is a request to process instead of stored events.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"last": 50}]})

    event: Annotated[StrictStr, Field(max_length=12)] | None = None
    last: Annotated[StrictInt, Field(ge=1, le=500)] = 100
    options: Options | None = None
    routes: Annotated[tuple[NewRoute, ...], Field(max_length=100)] | None = None
    sample: SampleRequest | None = None

    def to_record(self) -> dry_runs.DryRunRequest:
        routes = None if self.routes is None else tuple(each.to_record() for each in self.routes)
        sample = None if self.sample is None else self.sample.to_record()
        return dry_runs.DryRunRequest(self.event, self.last, self.options, routes, sample)


class DryRunAlert(ResponseSchema):
    """Result for one alert."""

    dedup_key: str
    state: str
    severity: str
    title: str
    description: str
    url: str | None
    service: str | None
    labels: dict[str, str]
    started_at: datetime | None
    ended_at: datetime | None
    reported_at: datetime | None
    resolves: bool
    action: str
    reason: str
    route: str | None
    services: Mapping[str, str]
    notes: list[str]


class DryRunEvent(ResponseSchema):
    """Result for one event."""

    id: str
    received_at: datetime
    verdict: EventVerdict
    detail: str
    alerts: list[DryRunAlert]


class DryRunIncident(ResponseSchema):
    """Incident that would have opened."""

    services: Mapping[str, str]
    opens_at: datetime
    quiet_at: datetime | None
    alerts: int
    publish: str


class DryRun(ResponseSchema):
    """Result of a dry run."""

    events: list[DryRunEvent]
    incidents: list[DryRunIncident]

    @classmethod
    def of(cls, run: dry_runs.DryRun) -> "DryRun":
        return cls.model_validate(run, from_attributes=True)
