"""The Jinja environments: which filters each of them has."""

from gettext import NullTranslations

from app.rendering.console.environment import console_environment
from app.rendering.environment import public_environment
from app.rendering.filters.console import (
    console,
    console_certificates,
    console_notifications,
    console_security,
    console_sources,
)

CONSOLE_FILTERS = {
    *console.FILTERS,
    *console_certificates.FILTERS,
    *console_notifications.FILTERS,
    *console_security.FILTERS,
    *console_sources.FILTERS,
}


def test_the_public_environment_has_no_console_filters() -> None:
    public = public_environment(NullTranslations())
    assert CONSOLE_FILTERS.isdisjoint(public.filters)
    assert "described" not in public.globals


def test_the_console_environment_adds_its_filters_to_the_public_ones() -> None:
    catalogue = NullTranslations()
    public = public_environment(catalogue)
    assert {*public.filters, *CONSOLE_FILTERS} == set(console_environment(catalogue).filters)
