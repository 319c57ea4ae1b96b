"""What a kind of client puts up with or prefers, by name: an operator may set each in a profile."""

from dataclasses import dataclass, field, fields
from enum import StrEnum

from app.trust.clients.root_programmes import Programme

__all__ = ["KEY_TYPES", "EqualNames", "Tolerances"]

# The key types a profile may name.
KEY_TYPES = ("rsa", "ec", "ed25519", "ed448", "dsa")


class EqualNames(StrEnum):
    """Which of several issuers of one name OpenSSL takes; the generation it came with."""

    FIRST = "first"  # 0.9.8 and 1.0.0: the first, whatever its dates
    STORED_IN_DATE = "stored_in_date"  # 1.0.2: the first served, but a stored one in date
    IN_DATE = "in_date"  # 1.1.0 and newer: one in date, served or stored


@dataclass(frozen=True, slots=True)
class Tolerances:
    """What these clients look at; each rule by its name.

    `anchor_expiry` False: the anchor's own dates are not looked at. `equal_names`: see there;
    None leaves it to the builder, and `any_path` has no use for it. False for one of
    `basic_constraints` (CA flag and path length), `name_constraints`, `extended_key_usage`,
    `critical_extensions`: the rule is not known to them (RFC 5280 section 6.1.4).

    `minimum_rsa_bits`, `sha1` (whether SHA-1 and older are accepted) and `key_types` (empty: all)
    say what they take for strong; a root's own signature never counts. `maximum_validity`: a leaf
    may not be valid for longer than the rules allowed on the day of its issue.
    `fetches_issuers`: intermediates that are not served are known or fetched all the same.
    `programme`: dates from which the client's maker trusts a root no longer.
    """

    anchor_expiry: bool = True
    equal_names: EqualNames | None = None
    basic_constraints: bool = True
    name_constraints: bool = True
    extended_key_usage: bool = True
    critical_extensions: bool = True
    minimum_rsa_bits: int = 0
    sha1: bool = True
    key_types: tuple[str, ...] = ()
    maximum_validity: bool = False
    fetches_issuers: bool = False
    programme: Programme | None = None
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # What is remembered of chains is remembered by these, so it is asked for all the time.
        told = tuple(getattr(self, each.name) for each in fields(self) if each.init)
        object.__setattr__(self, "_hash", hash(told))

    def __hash__(self) -> int:
        return self._hash
