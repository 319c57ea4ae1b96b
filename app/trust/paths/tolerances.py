"""What a kind of client puts up with or prefers, by name: an operator may set each in a profile."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["EqualNames", "Tolerances"]


class EqualNames(StrEnum):
    """Which of several issuers of one name OpenSSL takes; the generation it came with."""

    FIRST = "first"  # 0.9.8 and 1.0.0: the first, whatever its dates
    STORED_IN_DATE = "stored_in_date"  # 1.0.2: the first served, but a stored one in date
    IN_DATE = "in_date"  # 1.1.0 and newer: one in date, served or stored


@dataclass(frozen=True, slots=True)
class Tolerances:
    """`anchor_expiry` False: the anchor's own dates are not looked at. `equal_names`: see there;
    None leaves it to the builder, and `any_path` has no use for it.
    """

    anchor_expiry: bool = True
    equal_names: EqualNames | None = None
