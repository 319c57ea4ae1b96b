"""The one Jinja environment per language: autoescape, no undefined names, no half translations."""

from functools import lru_cache
from gettext import NullTranslations

from jinja2 import Environment

from app.rendering import (
    assets,
    banner,
    bars,
    console_certificates,
    console_filters,
    console_sources,
    filters,
    incident_chain,
    incidents,
    metadata,
    rows,
)
from app.rendering.jinja import spoken

__all__ = ["environment"]


@lru_cache(maxsize=64)
def environment(catalogue: NullTranslations) -> Environment:
    """The environment whose templates speak with `catalogue`."""
    made = spoken(catalogue, autoescape=True)
    made.filters.update(filters.FILTERS)
    made.filters.update(banner.FILTERS)
    made.filters.update(bars.FILTERS)
    made.filters.update(incidents.FILTERS)
    made.filters.update(console_filters.FILTERS)
    made.filters.update(incident_chain.FILTERS)
    made.filters.update(console_certificates.FILTERS)
    made.filters.update(console_sources.FILTERS)
    made.globals["asset"] = assets.asset_path
    made.globals["described"] = console_filters.described
    made.globals["icon"] = filters.icon
    made.globals["linked_data"] = metadata.linked_data
    made.globals["remembered"] = rows.remembered
    return made
