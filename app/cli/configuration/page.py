"""The part `page` of the configuration: the settings of the page."""

from typing import Any

from app.cli.configuration.run import Run
from app.usecases.page import settings
from app.web.api.page.page_schemas import PageChange, PageSettings

__all__ = ["apply_page", "dump_page"]


def apply_page(run: Run, change: PageChange) -> None:
    """Change the settings that are given."""
    with run.at("page"):
        before = settings.page_settings(run.ctx)
        run.edit(
            "page",
            "settings",
            before,
            lambda: settings.edit_page(run.ctx, change.to_record(run.request)),
        )


def dump_page(run: Run) -> dict[str, Any]:
    """The settings of the page as the document has them."""
    return PageSettings.of(settings.page_settings(run.ctx)).model_dump(mode="json")
