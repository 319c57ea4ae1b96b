from datetime import datetime
from typing import ClassVar

from pydantic import ConfigDict
from pydantic.json_schema import SkipJsonSchema

from app.usecases.services import StaffService
from app.web.api.desk import Desk
from app.web.api.schemas.fields import Answer, BodyText, Change, Input, Slug, Texts, TitleText

__all__ = ["NewService", "Service", "ServiceChange"]


class NewService(Input):
    """A service to be shown on the page. `group` is the name of its group, made when new."""

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

    slug: Slug
    name: TitleText
    group: TitleText | None = None
    description: BodyText | None = None


class ServiceChange(Change):
    """`group` and `description` may be taken away with null."""

    nullable: ClassVar[frozenset[str]] = frozenset({"group", "description"})
    model_config = ConfigDict(json_schema_extra={"examples": [{"name": {"ar": "المدفوعات"}}]})

    name: TitleText | SkipJsonSchema[None] = None
    group: TitleText | None = None
    description: BodyText | None = None


class Service(Answer):
    """A service as staff configure it. `group` is the slug of its group."""

    id: str
    slug: str
    name: Texts
    description: Texts | None
    group: str | None
    known_since: datetime
    created_at: datetime

    @classmethod
    def of(cls, service: StaffService, desk: Desk) -> "Service":
        return cls(
            id=service.id,
            slug=service.slug,
            name=desk.said(service.name),
            description=desk.said(service.description) if service.description else None,
            group=service.group,
            known_since=service.known_since,
            created_at=service.created_at,
        )
