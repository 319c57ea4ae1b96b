"""Passwords: stored as argon2id hashes, compared in constant time for known and unknown users."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.domain.errors import InvalidError

__all__ = ["DUMMY_HASH", "LONGEST_PASSWORD", "MINIMUM_PASSWORD", "hashed", "matches"]

MINIMUM_PASSWORD = 12
LONGEST_PASSWORD = 1000

# RFC 9106, second recommended option. The numbers are in each hash, so they can change.
_HASHER = PasswordHasher(time_cost=3, memory_cost=65536, parallelism=4)
# Hash of an unknown password: checking a user that does not exist takes as long as one that does.
DUMMY_HASH = (
    "$argon2id$v=19$m=65536,t=3,p=4$vKm4sWpMujMfTQjTcEfmFw"
    "$vC5V27GRyUlMXojKtqgmMvuo/miDHi0guwgkT+fXKgo"
)


def hashed(password: str, *, field: str = "password") -> str:
    """The hash to store. Raises InvalidError for a password too short or too long."""
    if not MINIMUM_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise InvalidError(
            f"A password has {MINIMUM_PASSWORD} to {LONGEST_PASSWORD} characters.",
            code="password_length",
            field=field,
            data={"least": MINIMUM_PASSWORD, "most": LONGEST_PASSWORD},
        )
    return _HASHER.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Whether this is the password. A missing hash takes as long as a wrong password."""
    try:
        _HASHER.verify(password_hash or DUMMY_HASH, password[:LONGEST_PASSWORD])
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None
