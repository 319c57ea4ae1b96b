from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field, StrictStr
from pydantic.json_schema import SkipJsonSchema

from app.usecases.services import aliases
from app.usecases.sources import routes
from app.web.api.fields import Answer, Change, Flag, Input, Slug, Whole

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


class NewRoute(Input):
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
    group_wait_seconds: Whole = 60
    min_alerts: Whole = 1
    min_sources: Whole = 1
    resolve_after_seconds: Whole = 120
    reopen_within_seconds: Whole = 1800
    publish: Publish | None = None
    position: Whole | None = None
    enabled: Flag = True
    accept_untested: Flag = False

    def meant(self) -> routes.NewRoute:
        return routes.NewRoute(**self.model_dump())


class RouteChange(Change):
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
    group_wait_seconds: Whole | SkipJsonSchema[None] = None
    min_alerts: Whole | SkipJsonSchema[None] = None
    min_sources: Whole | SkipJsonSchema[None] = None
    resolve_after_seconds: Whole | SkipJsonSchema[None] = None
    reopen_within_seconds: Whole | SkipJsonSchema[None] = None
    publish: Publish | None = None
    position: Whole | SkipJsonSchema[None] = None
    enabled: Flag | SkipJsonSchema[None] = None
    accept_untested: Flag = False

    def meant(self) -> routes.RouteChanges:
        cleared = frozenset(name for name in self.nullable if self.clears(name))
        return routes.RouteChanges(**self.model_dump(), clear=cleared)


class Route(Answer):
    """Route; the one with the lowest position is matched first."""

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

    @classmethod
    def of(cls, route: routes.StaffRoute) -> "Route":
        return cls.model_validate(route, from_attributes=True)


class NewAlias(Input):
    """Alias to be added."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"alias": "checkout-prod", "service": "payments"}]}
    )

    alias: Annotated[StrictStr, Field(max_length=500)]
    service: Slug


class Alias(Answer):
    """Additional, case-folded name of a service."""

    alias: str
    service: str

    @classmethod
    def of(cls, alias: aliases.Alias) -> "Alias":
        return cls.model_validate(alias, from_attributes=True)
