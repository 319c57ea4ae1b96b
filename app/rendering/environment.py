"""The one Jinja environment per language: autoescape, no undefined names, no half translations."""

from functools import lru_cache
from gettext import NullTranslations

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app import folder
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

__all__ = ["environment"]


@lru_cache(maxsize=64)
def environment(catalogue: NullTranslations) -> Environment:
    """The environment whose templates speak with `catalogue`."""
    made = Environment(
        loader=FileSystemLoader(folder("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.policies["ext.i18n.trimmed"] = True
    # The extension adds this method; Environment does not declare it.
    made.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]
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
