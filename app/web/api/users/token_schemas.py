from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field, StrictStr

from app.domain.permissions import Role
from app.usecases.users import api_tokens
from app.web.api.fields import RequestSchema, ResponseSchema

__all__ = ["CreatedToken", "NewToken", "Token"]


class NewToken(RequestSchema):
    """A new API token. `owner` is the e-mail address of a user; by default, the caller's."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "deploy script", "role": "editor"}]}
    )

    name: Annotated[StrictStr, Field(max_length=200)]
    role: Role
    owner: Annotated[StrictStr, Field(max_length=254)] | None = None


class Token(ResponseSchema):
    """An API token, without its secret; it is valid while `revoked_at` is null.

    `owner` is the e-mail address of the user who answers for it, null for a token without an owner.
    """

    id: str
    name: str
    role: Role
    owner: str | None
    created_at: datetime
    revoked_at: datetime | None

    @classmethod
    def of(cls, token: api_tokens.StaffToken) -> "Token":
        return cls.model_validate(token, from_attributes=True)


class CreatedToken(ResponseSchema):
    """A new API token. `secret` is in this response only."""

    id: str
    name: str
    role: Role
    owner: str | None
    created_at: datetime
    secret: str

    @classmethod
    def made(cls, token: api_tokens.CreatedToken) -> "CreatedToken":
        return cls.model_validate(token, from_attributes=True)
