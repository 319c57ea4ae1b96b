from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field, StrictStr
from pydantic.json_schema import SkipJsonSchema

from app.usecases.targets import targets
from app.web.api.fields import Answer, Change, Input, Slug, Whole

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
        description="`auto` (public at once), `draft` (staff release it) or `auto_after:MINUTES`.",
    ),
]


class NewTarget(Input):
    """An endpoint whose certificates are probed, and the services that depend on it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"host": "pay.example.com", "services": ["payments"]}]}
    )

    host: Annotated[StrictStr, Field(max_length=300)]
    port: Whole = 443
    starttls: StrictStr | None = None
    services: Slugs
    publish: Publish = "auto"
    interval_seconds: Whole = 60
    fail_after: Whole = 2
    recover_after: Whole = 2
    warn_days: Whole = 21
    profiles: Profiles | None = None

    def meant(self) -> targets.NewTarget:
        return targets.NewTarget(**self.model_dump())


class TargetChange(Change):
    """Changes of a target. Fields that are left out stay unchanged."""

    nullable: ClassVar[frozenset[str]] = frozenset()
    model_config = ConfigDict(json_schema_extra={"examples": [{"interval_seconds": 300}]})

    services: Slugs | SkipJsonSchema[None] = None
    publish: Publish | SkipJsonSchema[None] = None
    interval_seconds: Whole | SkipJsonSchema[None] = None
    fail_after: Whole | SkipJsonSchema[None] = None
    recover_after: Whole | SkipJsonSchema[None] = None
    warn_days: Whole | SkipJsonSchema[None] = None
    profiles: Profiles | SkipJsonSchema[None] = None

    def meant(self) -> targets.TargetChanges:
        return targets.TargetChanges(**self.model_dump())


class Target(Answer):
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
