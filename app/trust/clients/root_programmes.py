"""Root programmes: dates from which clients no longer trust a root, for new or all certificates.

A programme is data (data/programmes.toml). It names single roots, and terms: roots created before
one date are removed on another (Mozilla Root Store Policy section 7.4).
"""

import tomllib
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from app.trust.x509.certificate import Certificate

__all__ = ["NEVER", "Programme", "Term", "shipped_programmes"]

# A second beyond every date.
NEVER = 1 << 62


@dataclass(frozen=True, slots=True)
class Term:
    """Roots created before `created` are trusted until `removed` (seconds since the epoch)."""

    created: int
    removed: int


@dataclass(frozen=True, slots=True, eq=False)
class Programme:
    """Dates of one root programme. `issued_until`, `removed`: seconds by the root's name."""

    id: str
    issued_until: Mapping[str, int]
    removed: Mapping[str, int]
    terms: tuple[Term, ...] = ()

    def accepts_leaf(self, root: Certificate, issued: int) -> bool:
        """Return whether a leaf that begins at this second is accepted under this root."""
        return issued <= self.issued_until.get(root.facts.name, NEVER)

    def first_issue_like(self, issued: int) -> int:
        """Return the earliest second of issue for which every root is accepted or refused as for
        this one.
        """
        limits = _issue_limits(self)
        passed = bisect_left(limits, issued)
        return limits[passed - 1] + 1 if passed else -NEVER

    def removal(self, root: Certificate) -> int:
        """Return the first second at which the root is no longer trusted."""
        due = [term.removed for term in self.terms if root.starts < term.created]
        return min(self.removed.get(root.facts.name, NEVER), *due[:1], NEVER)


@lru_cache(maxsize=16)
def _issue_limits(programme: Programme) -> tuple[int, ...]:
    return tuple(sorted(set(programme.issued_until.values())))


@lru_cache(maxsize=1)
def shipped_programmes() -> Mapping[str, Programme]:
    """Return the programmes that ship with Fyr, by id. They are read once, on first use."""
    text = files("app.trust").joinpath("data/programmes.toml").read_text(encoding="utf-8")
    found = [_programme(table) for table in tomllib.loads(text)["programme"]]
    return MappingProxyType({programme.id: programme for programme in found})


def _programme(table: Mapping[str, Any]) -> Programme:
    issued: dict[str, int] = {}
    removed: dict[str, int] = {}
    for group in table.get("group", []):
        for name in group["roots"]:
            if "issued_until" in group:
                issued[name] = _second(group["issued_until"], time.max)
            if "removed_on" in group:
                removed[name] = _second(group["removed_on"], time.min)
    terms = (
        Term(_second(term["created_before"], time.min), _second(term["removed_on"], time.min))
        for term in table.get("term", [])
    )
    return Programme(
        table["id"],
        MappingProxyType(issued),
        MappingProxyType(removed),
        tuple(sorted(terms, key=lambda term: term.created)),
    )


def _second(day: date, moment: time) -> int:
    return int(datetime.combine(day, moment, UTC).timestamp())
