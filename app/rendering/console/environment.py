"""Jinja environment of the console: that of the public pages with the filters for staff added."""

from functools import lru_cache
from gettext import NullTranslations

from jinja2 import Environment

from app.rendering.environment import new_public_environment
from app.rendering.filters.console import (
    console,
    console_certificates,
    console_notifications,
    console_security,
    console_sources,
)

__all__ = ["console_environment"]


@lru_cache(maxsize=64)
def console_environment(catalogue: NullTranslations) -> Environment:
    """Environment whose console templates are translated by `catalogue`."""
    environment = new_public_environment(catalogue)
    environment.filters.update(console.FILTERS)
    environment.filters.update(console_certificates.FILTERS)
    environment.filters.update(console_notifications.FILTERS)
    environment.filters.update(console_security.FILTERS)
    environment.filters.update(console_sources.FILTERS)
    environment.globals["described"] = console.described
    return environment
