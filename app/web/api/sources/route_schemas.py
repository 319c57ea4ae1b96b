from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field, StrictBool, StrictInt, StrictStr
from pydantic.json_schema import SkipJsonSchema

from app.domain.alerts.alerts import REOPEN_WITHIN
from app.usecases.services import aliases
from app.usecases.sources import routes
from app.web.api.fields import PatchSchema, RequestSchema, ResponseSchema, Slug

__all__ = ["Alias", "NewAlias", "NewRoute", "Route", "RouteChange"]

Word = Annotated[StrictStr, Field(max_length=500)]
Matcher = Annotated[
    tuple[Word, ...],
    Field(
        min_length=3,
        max_length=3,
        description="Label, operator (`=`, `!=`, `=~`, `!~`) and value.",
        examples=[["alertname", "=~", "Node.*"]],
    ),
]
Matchers = Annotated[tuple[Matcher, ...], Field(max_length=50)]
Slugs = Annotated[tuple[Slug, ...], Field(max_length=500)]
Labels = Annotated[tuple[Word, ...], Field(max_length=50)]
Statuses = Annotated[dict[str, StrictStr], Field(max_length=10)]
SourceId = Annotated[StrictStr, Field(max_length=12)]
Publish = Annotated[
    StrictStr, Field(max_length=30, description="`draft`, `auto` or `auto_after:MINUTES`.")
]


class NewRoute(RequestSchema):
    """Route to be added: a rule from alerts to services and an action."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"matchers": [["job", "=", "checkout"]], "services": ["payments"]}]
        }
    )

    matchers: Matchers = ()
    source: SourceId | None = None
    action: Word = "incident"
    services: Slugs = ()
    service_label: Word | None = None
    statuses: Statuses = Field(default_factory=dict)
    group_by: Labels = ()
    group_wait_seconds: StrictInt = 60
    min_alerts: StrictInt = 1
    min_sources: StrictInt = 1
    resolve_after_seconds: StrictInt = 120
    reopen_within_seconds: StrictInt = int(REOPEN_WITHIN.total_seconds())
    publish: Publish | None = None
    position: StrictInt | None = None
    enabled: StrictBool = True
    accept_untested: StrictBool = False

    def to_record(self) -> routes.NewRoute:
        return routes.NewRoute(**self.model_dump())


class RouteChange(PatchSchema):
    """Changes to a route; fields that are left out stay unchanged."""

    nullable: ClassVar[frozenset[str]] = frozenset({"source", "service_label", "publish"})
    model_config = ConfigDict(json_schema_extra={"examples": [{"group_wait_seconds": 30}]})

    matchers: Matchers | SkipJsonSchema[None] = None
    source: SourceId | None = None
    action: Word | SkipJsonSchema[None] = None
    services: Slugs | SkipJsonSchema[None] = None
    service_label: Word | None = None
    statuses: Statuses | SkipJsonSchema[None] = None
    group_by: Labels | SkipJsonSchema[None] = None
    group_wait_seconds: StrictInt | SkipJsonSchema[None] = None
    min_alerts: StrictInt | SkipJsonSchema[None] = None
    min_sources: StrictInt | SkipJsonSchema[None] = None
    resolve_after_seconds: StrictInt | SkipJsonSchema[None] = None
    reopen_within_seconds: StrictInt | SkipJsonSchema[None] = None
    publish: Publish | None = None
    position: StrictInt | SkipJsonSchema[None] = None
    enabled: StrictBool | SkipJsonSchema[None] = None
    accept_untested: StrictBool = False

    def to_record(self) -> routes.RouteChanges:
        cleared = frozenset(name for name in self.nullable if self.clears(name))
        return routes.RouteChanges(**self.model_dump(), clear=cleared)


class Route(ResponseSchema):
    """Route; the one with the lowest position is matched first.

    `problem` is not null for a route that is skipped, because a stored matcher is refused now.
    """

    id: str
    position: int
    source: str | None
    enabled: bool
    matchers: tuple[Matcher, ...]
    action: str
    services: list[str]
    service_label: str | None
    statuses: dict[str, str]
    group_by: list[str]
    group_wait_seconds: int
    min_alerts: int
    min_sources: int
    resolve_after_seconds: int
    reopen_within_seconds: int
    publish: str | None
    created_at: datetime
    problem: str | None

    @classmethod
    def of(cls, route: routes.StaffRoute) -> "Route":
        return cls.model_validate(route, from_attributes=True)


class NewAlias(RequestSchema):
    """Alias to be added."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"alias": "checkout-prod", "service": "payments"}]}
    )

    alias: Annotated[StrictStr, Field(max_length=500)]
    service: Slug


class Alias(ResponseSchema):
    """Additional, case-folded name of a service."""

    alias: str
    service: str

    @classmethod
    def of(cls, alias: aliases.Alias) -> "Alias":
        return cls.model_validate(alias, from_attributes=True)
