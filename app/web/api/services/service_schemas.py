from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from app.usecases.services.groups import StaffGroup
from app.usecases.services.services import StaffService
from app.web.api.fields import (
    BodyText,
    PatchSchema,
    RequestSchema,
    ResponseSchema,
    Slug,
    Texts,
    TitleText,
)
from app.web.api.request import ApiRequest

__all__ = [
    "Group",
    "GroupOrder",
    "NewGroup",
    "NewService",
    "Service",
    "ServiceChange",
    "ServiceOrder",
]

Slugs = Annotated[tuple[Slug, ...], Field(min_length=1, max_length=1000)]


class NewService(RequestSchema):
    """A new service. `group` is the name of its group, which is created if there is none."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "slug": "payments",
                    "name": {"en": "Payments", "sv": "Betalningar"},
                    "group": "Shop",
                }
            ]
        }
    )

    slug: Slug | None = None
    name: TitleText
    group: TitleText | None = None
    description: BodyText | None = None


class ServiceChange(PatchSchema):
    """Changes of a service; null removes `group` and `description`."""

    nullable: ClassVar[frozenset[str]] = frozenset({"group", "description"})
    model_config = ConfigDict(json_schema_extra={"examples": [{"name": {"ar": "المدفوعات"}}]})

    name: TitleText | SkipJsonSchema[None] = None
    group: TitleText | None = None
    description: BodyText | None = None


class Service(ResponseSchema):
    """A service as staff configure it. `group` is the slug of its group."""

    id: str
    slug: str
    name: Texts
    description: Texts | None
    group: str | None
    known_since: datetime
    created_at: datetime

    @classmethod
    def of(cls, service: StaffService, request: ApiRequest) -> "Service":
        return cls(
            id=service.id,
            slug=service.slug,
            name=request.texts_by_language(service.name),
            description=request.texts_by_language(service.description)
            if service.description
            else None,
            group=service.group,
            known_since=service.known_since,
            created_at=service.created_at,
        )


class NewGroup(RequestSchema):
    """The name of a group."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": {"en": "Shop", "sv": "Butik"}}]}
    )

    name: TitleText


class Group(ResponseSchema):
    """A group as staff configure it."""

    id: str
    slug: str
    name: Texts
    created_at: datetime

    @classmethod
    def of(cls, group: StaffGroup, request: ApiRequest) -> "Group":
        return cls(
            id=group.id,
            slug=group.slug,
            name=request.texts_by_language(group.name),
            created_at=group.created_at,
        )


class ServiceOrder(RequestSchema):
    """An order of services, by slug."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"services": ["payments"]}]})

    services: Slugs


class GroupOrder(RequestSchema):
    """An order of groups, by slug."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"groups": ["shop"]}]})

    groups: Slugs
