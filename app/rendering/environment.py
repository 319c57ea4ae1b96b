"""The one Jinja environment per language: autoescape, no undefined names, no half translations."""

from functools import lru_cache
from gettext import NullTranslations

from jinja2 import Environment

from app.rendering import assets
from app.rendering.filters import (
    banner,
    common,
    console,
    console_certificates,
    console_sources,
    incident_chain,
    incidents,
    service_row_cache,
    uptime_bars,
)
from app.rendering.formats import metadata
from app.rendering.template_loader import translated_environment

__all__ = ["environment"]


@lru_cache(maxsize=64)
def environment(catalogue: NullTranslations) -> Environment:
    """The environment whose templates speak with `catalogue`."""
    made = translated_environment(catalogue, autoescape=True)
    made.filters.update(common.FILTERS)
    made.filters.update(banner.FILTERS)
    made.filters.update(uptime_bars.FILTERS)
    made.filters.update(incidents.FILTERS)
    made.filters.update(console.FILTERS)
    made.filters.update(incident_chain.FILTERS)
    made.filters.update(console_certificates.FILTERS)
    made.filters.update(console_sources.FILTERS)
    made.globals["asset"] = assets.asset_path
    made.globals["described"] = console.described
    made.globals["icon"] = common.icon
    made.globals["linked_data"] = metadata.linked_data
    made.globals["remembered"] = service_row_cache.cached_row
    return made
