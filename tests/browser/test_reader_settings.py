"""Screens and pages under the settings of readers: each keeps its text, its rings and its place."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from app.domain.permissions import Role
from tests.browser import layout
from tests.browser.conftest import Site, visitor_page
from tests.browser.served import PHONE, Console
from tests.web.console.screens import Addresses, populate

SHOTS = os.environ.get("SHOTS")

# Each has another layout; the others consist of their parts.
SCREENS = (
    "/console/",
    "/console/incidents",
    "/console/incidents/{incident_id}",
    "/console/incidents/new",
    "/console/maintenances",
    "/console/maintenances/{maintenance_id}",
    "/console/maintenances/new",
    "/console/services",
    "/console/certificates",
    "/console/certificates/{target_id}",
    "/console/sources",
    "/console/audit",
    "/console/users",
    "/console/account",
    "/console/page",
)
PAGES = ("overview", "incident", "seed", "service", "history", "missing")


@pytest.fixture(scope="module")
def screens(console: Console) -> Addresses:
    # In a thread of its own: in this one Playwright's loop runs, and asking needs another.
    with ThreadPoolExecutor(1) as another:
        return another.submit(populate, console.installation).result()


def shot(tab: Page, name: str) -> None:
    if SHOTS:
        path = name.strip("/").replace("/", "_").replace("{", "").replace("}", "") or "now"
        tab.screenshot(path=str(Path(SHOTS) / f"{path}.png"), full_page=True)


def troubles(tab: Page, name: str) -> list[str]:
    """What a reader with a narrow screen, zoom, spaced text or a keyboard does not get."""
    found = []
    for size in (layout.ZOOMED, layout.NARROW):
        tab.set_viewport_size(size)  # type: ignore[arg-type]
        found += [f"{size['width']} px: {each}" for each in layout.cut_texts(tab)]
    found += layout.cut_focus_rings(tab)
    shot(tab, f"{name}-320")
    layout.space_text(tab)
    found += [f"spaced: {each}" for each in layout.cut_texts(tab)]
    shot(tab, f"{name}-spaced")
    tab.emulate_media(reduced_motion="reduce")
    found += [f"moves: {each}" for each in layout.moving(tab)]
    return found


def test_every_screen_holds_spaced_text_320_px_zoom_and_whole_focus_rings(
    console: Console, screens: Addresses
) -> None:
    tab = console.page(Role.ADMIN, language="sv")
    found: dict[str, Any] = {}
    for route in SCREENS:
        tab.emulate_media(reduced_motion="no-preference")
        tab.goto(f"{console.url}{screens.of(route)}")
        found[route] = troubles(tab, route)
        if SHOTS:
            tab.reload()
            for size in (PHONE, {"width": 1280, "height": 900}):
                tab.set_viewport_size(size)  # type: ignore[arg-type]
                shot(tab, f"{route}-{size['width']}")
    tab.close()
    assert {route: problems for route, problems in found.items() if problems} == {}


def test_every_page_holds_spaced_text_320_px_zoom_and_whole_focus_rings(
    browser: Browser, site: Site
) -> None:
    found: dict[str, Any] = {}
    with visitor_page(browser) as tab:
        for name in PAGES:
            for language in ("en", "ar"):
                tab.emulate_media(reduced_motion="no-preference")
                tab.goto(site.page(name, language))
                found[f"{name} {language}"] = troubles(tab, f"public-{name}-{language}")
                if SHOTS:
                    tab.reload()
                    tab.emulate_media(forced_colors="active")
                    tab.set_viewport_size(PHONE)  # type: ignore[arg-type]
                    shot(tab, f"public-{name}-{language}-forced")
                    tab.emulate_media(forced_colors="none", color_scheme="dark")
                    shot(tab, f"public-{name}-{language}-dark")
                    tab.emulate_media(color_scheme="light")
    assert {name: problems for name, problems in found.items() if problems} == {}
