"""Jinja environment of the public pages, one per catalogue.

Autoescape is on, and an undefined name raises an error.
"""

from functools import lru_cache
from gettext import NullTranslations

from jinja2 import Environment

from app.rendering import assets
from app.rendering.filters import (
    calendar_months,
    common,
    headline,
    incident_chain,
    incidents,
    linked_data,
    service_row_cache,
    short_rows,
    subscribing,
    uptime_bars,
)
from app.rendering.template_loader import translated_environment

__all__ = ["new_public_environment", "public_environment"]


def new_public_environment(catalogue: NullTranslations) -> Environment:
    """New environment with the filters and globals of the public templates."""
    environment = translated_environment(catalogue, autoescape=True)
    environment.filters.update(common.FILTERS)
    environment.filters.update(headline.FILTERS)
    environment.filters.update(uptime_bars.FILTERS)
    environment.filters.update(short_rows.FILTERS)
    environment.filters.update(calendar_months.FILTERS)
    environment.filters.update(incidents.FILTERS)
    environment.filters.update(incident_chain.FILTERS)
    environment.filters.update(subscribing.FILTERS)
    environment.globals["subscription_choices"] = subscribing.CHOICES
    environment.globals["asset"] = assets.asset_path
    environment.globals["legend"] = uptime_bars.legend
    environment.globals["icon"] = common.icon
    environment.globals["linked_data"] = linked_data.linked_data
    environment.globals["cached_row"] = service_row_cache.cached_row
    return environment


@lru_cache(maxsize=64)
def public_environment(catalogue: NullTranslations) -> Environment:
    """Environment whose public templates are translated by `catalogue`."""
    return new_public_environment(catalogue)
