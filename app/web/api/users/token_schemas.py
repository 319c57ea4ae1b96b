from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field, StrictInt, StrictStr

from app.domain.permissions import Role
from app.usecases.users import api_tokens
from app.usecases.users.api_tokens import DEFAULT_DAYS
from app.web.api.fields import RequestSchema, ResponseSchema

__all__ = ["CreatedToken", "NewToken", "Token"]


class NewToken(RequestSchema):
    """A new API token, which expires after `days`. `owner` is the e-mail address of a user; by
    default, the caller's.
    """

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "deploy script", "role": "editor"}]}
    )

    name: Annotated[StrictStr, Field(max_length=200)]
    role: Role
    owner: Annotated[StrictStr, Field(max_length=254)] | None = None
    days: Annotated[StrictInt, Field(ge=1, le=3650)] = DEFAULT_DAYS


class Token(ResponseSchema):
    """An API token, without its secret; it is valid until `expires_at` while `revoked_at` is null.

    `expires_at` is null for tokens of releases in which tokens did not expire; `last_used_at` is
    exact to a quarter of an hour.

    `owner` is the e-mail address of the user who answers for it, null for a token without an owner.
    """

    id: str
    name: str
    role: Role
    owner: str | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
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
    expires_at: datetime
    secret: str

    @classmethod
    def made(cls, token: api_tokens.CreatedToken) -> "CreatedToken":
        return cls.model_validate(token, from_attributes=True)
