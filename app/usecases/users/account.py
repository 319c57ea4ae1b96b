"""Settings that users change for themselves: language and password."""

from app.domain.errors import ForbiddenError, InvalidError
from app.domain.security_events import SecurityEventKind
from app.domain.validation import is_language_tag
from app.usecases import audit
from app.usecases.context import Ctx
from app.usecases.users import security_events
from app.usecases.users.access import end_access
from app.usecases.users.passwords.passwords import PasswordHash
from app.usecases.users.passwords.stored_passwords import StoredPassword
from app.usecases.users.users import User, accessible_user, user_record

__all__ = [
    "change_password",
    "check_password",
    "choose_language",
    "has_password",
]


def choose_language(ctx: Ctx, user_id: str, language: str | None) -> User:
    """Set the language of the console; None means the language of the browser.

    Raises InvalidError for a text that is no language tag.
    """
    row = accessible_user(ctx, user_id)
    if language is not None and not is_language_tag(language):
        raise InvalidError(
            f"{language[:40]!r} is not a language tag such as 'en' or 'pt-br'.",
            code="unknown_language",
            field="language",
        )
    before, row.language = row.language, language
    audit.record(
        ctx,
        "user.language",
        "user",
        row.public_id,
        before={"language": before},
        after={"language": language},
    )
    return user_record(row)


def has_password(ctx: Ctx, user_id: str) -> bool:
    """Whether the user can sign in with a password. For the user, and for admins."""
    return accessible_user(ctx, user_id).password_hash is not None


def check_password(stored: StoredPassword, password: str, *, field: str = "present") -> None:
    """Raises InvalidError unless this is the user's password, or the user has none.

    In no transaction: `check_verified` ensures later that the password is still this one.
    """
    if stored.hash is not None and stored.verify(password) is None:
        raise InvalidError("This is not the present password.", code="wrong_password", field=field)


def change_password(
    ctx: Ctx, user_id: str, new: PasswordHash, *, session_id: str | None = None
) -> None:
    """Set the password of the acting user, and end the user's access except `session_id`.

    The caller has checked the present password. Raises ForbiddenError for another user.
    """
    row = accessible_user(ctx, user_id)
    if row.email != ctx.actor.name:
        raise ForbiddenError("A user changes only the own password.")
    row.password_hash = new.text
    end_access(ctx, row, but=session_id)
    audit.record(ctx, "user.password", "user", row.public_id)
    security_events.record(ctx, row, SecurityEventKind.PASSWORD_CHANGED)
