from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field, StrictInt, StrictStr
from pydantic.json_schema import SkipJsonSchema

from app.usecases.targets import targets
from app.web.api.fields import PatchSchema, RequestSchema, ResponseSchema, Slug

__all__ = ["NewTarget", "Target", "TargetChange"]

Slugs = Annotated[tuple[Slug, ...], Field(max_length=500)]
Profiles = Annotated[
    tuple[StrictStr, ...],
    Field(max_length=50, description="Ids of client profiles; null means the default ones."),
]
Publish = Annotated[
    StrictStr,
    Field(
        max_length=30,
        description=(
            "`auto` (public immediately), `draft` (public when staff publish it) or "
            "`auto_after:MINUTES`."
        ),
    ),
]


class NewTarget(RequestSchema):
    """An endpoint whose certificates are probed, and the services that depend on it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"host": "pay.example.com", "services": ["payments"]}]}
    )

    host: Annotated[StrictStr, Field(max_length=300)]
    port: StrictInt = 443
    starttls: StrictStr | None = None
    services: Slugs
    publish: Publish = "auto"
    interval_seconds: StrictInt = 60
    fail_after: StrictInt = 2
    recover_after: StrictInt = 2
    warn_days: StrictInt = 21
    profiles: Profiles | None = None

    def to_record(self) -> targets.NewTarget:
        return targets.NewTarget(**self.model_dump())


class TargetChange(PatchSchema):
    """Changes of a target. Fields that are left out stay unchanged."""

    nullable: ClassVar[frozenset[str]] = frozenset()
    model_config = ConfigDict(json_schema_extra={"examples": [{"interval_seconds": 300}]})

    services: Slugs | SkipJsonSchema[None] = None
    publish: Publish | SkipJsonSchema[None] = None
    interval_seconds: StrictInt | SkipJsonSchema[None] = None
    fail_after: StrictInt | SkipJsonSchema[None] = None
    recover_after: StrictInt | SkipJsonSchema[None] = None
    warn_days: StrictInt | SkipJsonSchema[None] = None
    profiles: Profiles | SkipJsonSchema[None] = None

    def to_record(self) -> targets.TargetChanges:
        return targets.TargetChanges(**self.model_dump())


class Target(ResponseSchema):
    """A target as staff see it."""

    id: str
    host: str
    port: int
    starttls: str | None
    services: list[str]
    publish: str
    interval_seconds: int
    fail_after: int
    recover_after: int
    warn_days: int
    profiles: list[str] | None
    state: Literal["unknown", "ok", "warning", "failing"]
    last_probed_at: datetime | None
    paused: bool
    created_at: datetime

    @classmethod
    def of(cls, target: targets.StaffTarget) -> "Target":
        return cls.model_validate(target, from_attributes=True)
