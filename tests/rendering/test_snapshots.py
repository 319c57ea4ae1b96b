"""Pages as they are, to be read in review like code. `make snap` writes them anew."""

import re
from collections.abc import Callable

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from app.rendering import pages
from tests.rendering import cases, windows

CASES: dict[str, Callable[[], bytes]] = {
    "overview_all_fine_en": lambda: pages.overview(cases.all_fine(), "en"),
    "overview_incident_en": lambda: pages.overview(cases.one_incident(), "en"),
    "overview_incident_sv": lambda: pages.overview(cases.one_incident(), "sv"),
    "overview_incident_ar": lambda: pages.overview(cases.one_incident(), "ar"),
    "overview_maintenance_en": lambda: pages.overview(cases.under_maintenance(), "en"),
    "incident_en": lambda: pages.incident(cases.incident_page(cases.harbour_incident()), "en"),
    "incident_seed_sv": lambda: pages.incident(cases.incident_page(cases.seed_incident()), "sv"),
    "maintenance_en": lambda: pages.maintenance(windows.maintenance_page(), "en"),
    "maintenance_single_sv": lambda: pages.maintenance(windows.single_window_page(), "sv"),
    "service_en": lambda: pages.service(cases.service_page(), "en"),
    "history_en": lambda: pages.history(cases.history_page(), "en"),
    "not_found_en": lambda: pages.not_found(cases.not_found_page(), "en"),
}


class Html(SingleFileSnapshotExtension):
    file_extension = "html"
    _write_mode = WriteMode.TEXT


@pytest.mark.parametrize("case", CASES)
def test_the_page_is_as_it_was(case: str, snapshot: SnapshotAssertion) -> None:
    # The addresses of stylesheet and script change with their content, which is not the page's.
    page = re.sub(r"/static/[0-9a-f]{10}/", "/static/HASH/", CASES[case]().decode())
    assert page == snapshot(extension_class=Html, name=case)
