"""Dates that the makers of clients set for roots: from when new or all certificates count no more.

A programme is data (data/programmes.toml). It knows single roots by name, and terms: roots made
before a day are removed on another, as Mozilla Root Store Policy section 7.4 lays down.
"""

import tomllib
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
    """Roots that begin before `created` (seconds since the epoch) are trusted until `removed`."""

    created: int
    removed: int


@dataclass(frozen=True, slots=True, eq=False)
class Programme:
    """One maker's dates. `issued_until` and `removed`: second by a root's name."""

    id: str
    issued_until: Mapping[str, int]
    removed: Mapping[str, int]
    terms: tuple[Term, ...] = ()

    def accepts_leaf(self, root: Certificate, issued: int) -> bool:
        """Whether a leaf that begins at this second is accepted under this root."""
        return issued <= self.issued_until.get(root.facts.name, NEVER)

    def removal(self, root: Certificate) -> int:
        """The first second at which the root is trusted no longer."""
        due = [term.removed for term in self.terms if root.starts < term.created]
        return min(self.removed.get(root.facts.name, NEVER), *due[:1], NEVER)


@lru_cache(maxsize=1)
def shipped_programmes() -> Mapping[str, Programme]:
    """The programmes that come with Fyr, by id. Read once, on first use."""
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
