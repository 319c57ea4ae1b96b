"""Passkeys (WebAuthn): registration, and signing in with user verification.

A challenge is signed and has its time in it, so showing the sign-in page stores nothing; a used
challenge is stored until it has expired, so that it works once.
"""

import base64
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from app.db.queries.users import second_factors
from app.db.tables import OneTimeLinkRow, PasskeyRow
from app.domain.errors import InvalidError, NotFoundError
from app.domain.security_events import SecurityEventKind
from app.payloads.strict_json import EXTERNAL_LIMITS, read_json
from app.usecases import audit
from app.usecases.context import Ctx, new_id
from app.usecases.encryption import BrowserBox
from app.usecases.secret_tokens import digest
from app.usecases.users import security_events
from app.usecases.users.access import VerifiedUser, end_access
from app.usecases.users.users import accessible_user

__all__ = [
    "Passkey",
    "RelyingParty",
    "authentication_options",
    "list_passkeys",
    "register",
    "registration_options",
    "remove",
    "verify",
]

_log = logging.getLogger("fyr.web")

_CHALLENGE_MAX_AGE = timedelta(minutes=10)
_SIGN_IN = "enter"


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """The relying party of WebAuthn: passkeys are bound to its host name."""

    origin: str
    name: str

    @property
    def host(self) -> str:
        """The relying party id: the host name of the origin."""
        return urlsplit(self.origin).hostname or ""


@dataclass(frozen=True, slots=True)
class Passkey:
    """A registered passkey of a user."""

    id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None


def list_passkeys(ctx: Ctx, user_id: str) -> tuple[Passkey, ...]:
    """A user's passkeys, oldest first. For the user, and for admins."""
    return tuple(
        _record(each)
        for each in second_factors.list_passkeys(ctx.session, accessible_user(ctx, user_id))
    )


def registration_options(
    ctx: Ctx, user_id: str, browser_box: BrowserBox, place: RelyingParty
) -> str:
    """The options for `navigator.credentials.create`, as JSON."""
    import webauthn
    from webauthn.helpers import structs

    row = accessible_user(ctx, user_id)
    known = [
        structs.PublicKeyCredentialDescriptor(id=_decoded(each.credential_id))
        for each in second_factors.list_passkeys(ctx.session, row)
    ]
    options = webauthn.generate_registration_options(
        rp_id=place.host,
        rp_name=place.name,
        user_id=row.public_id.encode(),
        user_name=row.email,
        challenge=browser_box.create_challenge(f"add {row.public_id}", ctx.now),
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=known,
    )
    return webauthn.options_to_json(options)


def register(
    ctx: Ctx, user_id: str, answer: str, name: str, browser_box: BrowserBox, place: RelyingParty
) -> Passkey:
    """Store a new passkey. Raises InvalidError when the browser's response is not valid."""
    import webauthn

    row = accessible_user(ctx, user_id)
    challenge = _challenge_in(answer)
    if not browser_box.verify_challenge(
        challenge, f"add {row.public_id}", ctx.now, _CHALLENGE_MAX_AGE
    ):
        raise _refused()
    with _refusing_faults():
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            require_user_verification=True,
        )
    _use_challenge(ctx, challenge)
    passkey = PasskeyRow(
        public_id=new_id(),
        user_id=row.id or 0,
        credential_id=_encoded(made.credential_id),
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        name=name.strip()[:100],
        created_at=ctx.now,
    )
    ctx.session.add(passkey)
    audit.record(ctx, "user.passkey_add", "user", row.public_id, after={"name": passkey.name})
    security_events.record(ctx, row, SecurityEventKind.PASSKEY_ADDED, name=passkey.name)
    return _record(passkey)


def remove(ctx: Ctx, user_id: str, passkey_id: str, *, session_id: str | None = None) -> None:
    """Delete a passkey, and end the user's links and the sessions except `session_id`.

    The sessions that began with the passkey are not known, so all others end. Raises NotFoundError.
    """
    row = accessible_user(ctx, user_id)
    passkey = second_factors.find_passkey(ctx.session, passkey_id)
    if passkey is None or passkey.user_id != row.id:
        raise NotFoundError("There is no such passkey.", code="passkey_not_found")
    ctx.session.delete(passkey)
    end_access(ctx, row, but=session_id)
    audit.record(ctx, "user.passkey_remove", "user", row.public_id, before={"name": passkey.name})
    security_events.record(ctx, row, SecurityEventKind.PASSKEY_REMOVED, name=passkey.name)


def authentication_options(now: datetime, browser_box: BrowserBox, place: RelyingParty) -> str:
    """The options for `navigator.credentials.get`, as JSON. They name no user: the passkey does."""
    import webauthn
    from webauthn.helpers.structs import UserVerificationRequirement

    options = webauthn.generate_authentication_options(
        rp_id=place.host,
        challenge=browser_box.create_challenge(_SIGN_IN, now),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options)


def verify(ctx: Ctx, answer: str, browser_box: BrowserBox, place: RelyingParty) -> VerifiedUser:
    """The user whose passkey signed the response. Raises InvalidError for every fault."""
    import webauthn

    challenge = _challenge_in(answer)
    found = second_factors.passkey_by_credential(ctx.session, str(_object(answer).get("id", "")))
    if found is None or not browser_box.verify_challenge(
        challenge, _SIGN_IN, ctx.now, _CHALLENGE_MAX_AGE
    ):
        raise _refused()
    passkey, user = found
    with _refusing_faults():
        done = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    if user.disabled_at is not None:
        raise _refused()
    _use_challenge(ctx, challenge)
    passkey.sign_count, passkey.last_used_at = done.new_sign_count, ctx.now
    return VerifiedUser.of(user)


@contextmanager
def _refusing_faults() -> Iterator[None]:
    """Raise InvalidError for every fault in an answer.

    Besides WebAuthnException, which is an Exception itself, the library lets errors pass of what it
    decodes with: base64, struct, cbor2 and cryptography, each with exceptions of its own.
    """
    try:
        yield
    except Exception as error:
        _log.info("passkey.refused reason=%s", type(error).__name__)
        raise _refused() from error


def _use_challenge(ctx: Ctx, challenge: bytes) -> None:
    """Store the used challenge; the unique column refuses it a second time."""
    ctx.session.add(
        OneTimeLinkRow(
            public_id=new_id(),
            purpose="challenge",
            token_hash=digest(challenge.hex()),
            created_at=ctx.now,
            expires_at=ctx.now + 2 * _CHALLENGE_MAX_AGE,
            used_at=ctx.now,
        )
    )
    ctx.session.flush()


def _challenge_in(answer: str) -> bytes:
    """The challenge in the client data, which the signature covers."""
    response = _object(answer).get("response")
    try:
        client_data = _object(_decoded(dict(response or {})["clientDataJSON"]).decode("utf-8"))
        return _decoded(client_data["challenge"])
    except (KeyError, TypeError, ValueError) as error:
        raise _refused() from error


def _object(answer: str) -> dict[str, Any]:
    try:
        found = read_json(answer, EXTERNAL_LIMITS)
    except ValueError as error:
        raise _refused() from error
    if not isinstance(found, dict):
        raise _refused()
    return found


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _refused() -> InvalidError:
    return InvalidError("This passkey was not accepted. Try again.", code="wrong_passkey")


def _record(row: PasskeyRow) -> Passkey:
    return Passkey(row.public_id, row.name, row.created_at, row.last_used_at)
