"""Prometheus' text format, version 0.0.4: small enough to need no library."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["CONTENT_TYPE", "Family", "Sample", "exposed"]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Sample:
    """One value, and the labels that tell it from others of its family."""

    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Family:
    """Samples of one meaning. A counter's name ends in `_total`; units are seconds and bytes."""

    name: str
    kind: Literal["counter", "gauge"]
    help: str
    samples: tuple[Sample, ...]

    @classmethod
    def of(cls, name: str, kind: Literal["counter", "gauge"], help_: str, value: float) -> "Family":
        """A family of one sample without labels."""
        return cls(name, kind, help_, (Sample(value),))


def exposed(families: Iterable[Family]) -> str:
    """The families as text."""
    return "".join(line for family in families for line in _lines(family))


def _lines(family: Family) -> Iterable[str]:
    yield f"# HELP {family.name} {_escaped(family.help, quotes=False)}\n"
    yield f"# TYPE {family.name} {family.kind}\n"
    for sample in family.samples:
        labels = ",".join(f'{name}="{_escaped(said)}"' for name, said in sample.labels.items())
        yield f"{family.name}{{{labels}}} {float(sample.value)!r}\n".replace("{}", "", 1)


def _escaped(text: str, *, quotes: bool = True) -> str:
    text = text.replace("\\", r"\\").replace("\n", r"\n")
    return text.replace('"', r"\"") if quotes else text
