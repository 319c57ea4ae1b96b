"""Passwords: stored as argon2id hashes, compared in constant time for known and unknown users.

Hashes are computed in no transaction: on a busy machine one takes seconds, and the write lock of
SQLite would be held for as long.
"""

import re
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.domain.errors import InvalidError
from app.usecases.users.passwords.hashing_threads import run_in_hashing_thread

__all__ = [
    "DUMMY_HASH",
    "LONGEST_PASSWORD",
    "MINIMUM_PASSWORD",
    "PasswordHash",
    "hashed",
    "matches",
]

MINIMUM_PASSWORD = 12
LONGEST_PASSWORD = 1000
_LEAST_SCORE = 3
_ESTIMATED = 72

# RFC 9106, second recommended option. The numbers are in each hash, so they can change.
_HASHER = PasswordHasher(time_cost=3, memory_cost=65536, parallelism=4)
# Hash of an unknown password: checking a user that does not exist takes as long as one that does.
DUMMY_HASH = (
    "$argon2id$v=19$m=65536,t=3,p=4$vKm4sWpMujMfTQjTcEfmFw"
    "$vC5V27GRyUlMXojKtqgmMvuo/miDHi0guwgkT+fXKgo"
)


@dataclass(frozen=True, slots=True)
class PasswordHash:
    """The hash of a password that may be stored; `hashed` makes it, before the transaction."""

    text: str = dataclass_field(repr=False)


def hashed(password: str, *, email: str, field: str = "password") -> PasswordHash:
    """The hash to store. Raises InvalidError for a password too short, too long or easy to guess.

    A part of the user's e-mail address counts as a word that an attacker knows.
    """
    if not MINIMUM_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise InvalidError(
            f"A password has {MINIMUM_PASSWORD} to {LONGEST_PASSWORD} characters.",
            code="password_length",
            field=field,
            data={"least": MINIMUM_PASSWORD, "most": LONGEST_PASSWORD},
        )
    if _score(password, email) < _LEAST_SCORE:
        raise InvalidError(
            "This password is easy to guess. Choose several words that do not belong together.",
            code="weak_password",
            field=field,
        )
    return PasswordHash(run_in_hashing_thread(lambda: _HASHER.hash(password)))


def _score(password: str, email: str) -> int:
    """The strength by zxcvbn, 0 to 4: 3 is 10^8 guesses or more."""
    # Imported at the first password, because its word lists take 0.1 seconds.
    from zxcvbn import zxcvbn

    words = ["fyr", "status", "statuspage", email, *re.split(r"[@.+_-]", email)]
    known = [each for each in words if each]
    # The time grows with the square of the length, so only this much is estimated.
    score: int = zxcvbn(password[:_ESTIMATED], user_inputs=[each for each in known if each])[
        "score"
    ]
    return score


def matches(password_hash: str | None, password: str) -> bool:
    """Whether this is the password. A missing hash takes as long as a wrong password."""
    try:
        run_in_hashing_thread(
            lambda: _HASHER.verify(password_hash or DUMMY_HASH, password[:LONGEST_PASSWORD])
        )
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None
