from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field, StrictBool, StrictStr
from pydantic.json_schema import SkipJsonSchema

from app.domain.permissions import Role
from app.usecases.users import administration
from app.web.api.fields import PatchSchema, RequestSchema, ResponseSchema

__all__ = ["InvitedUser", "NewUser", "User", "UserChange"]


class NewUser(RequestSchema):
    """A user to invite."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"email": "eve@example.com", "role": "editor"}]}
    )

    email: Annotated[StrictStr, Field(max_length=300)]
    role: Role


class UserChange(PatchSchema):
    """Changes of a user: the role, and whether the user is disabled."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"role": "admin"}]})

    role: Role | SkipJsonSchema[None] = None
    disabled: StrictBool | SkipJsonSchema[None] = None


class User(ResponseSchema):
    """A user. `signed_in_at` is the last sign-in; `disabled_at` is null for active users.

    `single_sign_on`: the user is linked to an account at the provider.
    """

    id: str
    email: str
    role: Role
    created_at: datetime
    signed_in_at: datetime | None
    second_factor: bool
    single_sign_on: bool
    disabled_at: datetime | None

    @classmethod
    def of(cls, user: administration.UserDetails) -> "User":
        return cls.model_validate(user, from_attributes=True)


class InvitedUser(User):
    """A user with a `link` to set a password, which is in this response only.

    The link works once, before `link_expires_at`.
    """

    link: str
    link_expires_at: datetime

    @classmethod
    def made(cls, invited: administration.Invited, base_url: str) -> "InvitedUser":
        return cls(
            **User.of(invited.user).model_dump(),
            link=f"{base_url}/console/invitation/{invited.link.secret}",
            link_expires_at=invited.link.expires_at,
        )
