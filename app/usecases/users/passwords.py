"""Passwords of staff: kept as argon2id hashes, compared in the same time for everybody."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.domain.errors import InvalidError

__all__ = ["LONGEST_PASSWORD", "MINIMUM_PASSWORD", "NOBODYS", "hashed", "matches"]

MINIMUM_PASSWORD = 12
LONGEST_PASSWORD = 1000

# RFC 9106, second recommended option. The numbers are in each hash, so they can change.
_HASHER = PasswordHasher(time_cost=3, memory_cost=65536, parallelism=4)
# Of a password that nobody knows: an account that is not there takes as long as one that is.
NOBODYS = (
    "$argon2id$v=19$m=65536,t=3,p=4$vKm4sWpMujMfTQjTcEfmFw"
    "$vC5V27GRyUlMXojKtqgmMvuo/miDHi0guwgkT+fXKgo"
)


def hashed(password: str, *, field: str = "password") -> str:
    """The hash to keep. Raises InvalidError for a password too short or too long."""
    if not MINIMUM_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise InvalidError(
            f"A password has {MINIMUM_PASSWORD} to {LONGEST_PASSWORD} characters.",
            code="password_length",
            field=field,
            data={"least": MINIMUM_PASSWORD, "most": LONGEST_PASSWORD},
        )
    return _HASHER.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Whether this is the password. Takes the same time where there is none to compare with."""
    try:
        _HASHER.verify(password_hash or NOBODYS, password[:LONGEST_PASSWORD])
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None
