"""Prometheus' text exposition format, version 0.0.4. ADR 18 says why no library writes it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["CONTENT_TYPE", "Family", "Sample", "format_families"]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Sample:
    """One value, with the labels that distinguish it from other samples of its family.

    Those of a histogram have a `suffix`: `_bucket`, `_sum` and `_count`.
    """

    value: float
    labels: Mapping[str, str] = field(default_factory=dict)
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """Samples of one metric. The name of a counter ends in `_total`; units are seconds and bytes.

    Source: https://prometheus.io/docs/practices/naming/
    """

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    samples: tuple[Sample, ...]

    @classmethod
    def of(cls, name: str, kind: Literal["counter", "gauge"], help_: str, value: float) -> "Family":
        """A family with one sample and no labels."""
        return cls(name, kind, help_, (Sample(value),))


def format_families(families: Iterable[Family]) -> str:
    """The families in the text format."""
    return "".join(line for family in families for line in _lines(family))


def _lines(family: Family) -> Iterable[str]:
    yield f"# HELP {family.name} {_escape(family.help, quotes=False)}\n"
    yield f"# TYPE {family.name} {family.kind}\n"
    for sample in family.samples:
        labels = ",".join(f'{name}="{_escape(value)}"' for name, value in sample.labels.items())
        braced = f"{{{labels}}}" if labels else ""
        yield f"{family.name}{sample.suffix}{braced} {float(sample.value)!r}\n"


def _escape(text: str, *, quotes: bool = True) -> str:
    text = text.replace("\\", r"\\").replace("\n", r"\n")
    return text.replace('"', r"\"") if quotes else text
