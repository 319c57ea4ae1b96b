"""A browser that opens a source and saves it changes none of its options."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from playwright.sync_api import Browser

from app.domain.permissions import Role
from app.monitors import ADAPTERS
from app.usecases.sources import sources
from app.usecases.sources.records import NewSource, StaffSource
from tests.browser.served import Console, opened_console
from tests.cast import ADA
from tests.web.console.sources.options import AUTHENTICATIONS, options_of_kind


@pytest.fixture(scope="module")
def console(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with opened_console(browser, tmp_path_factory.mktemp("sources")) as opened:
        yield opened


def elsewhere(act: Callable[[], Any]) -> Any:  # noqa: ANN401
    """Run in a thread of its own: in this one the loop of Playwright runs."""
    with ThreadPoolExecutor(1) as another:
        return another.submit(act).result()


def add(console: Console, **fields: Any) -> StaffSource:  # noqa: ANN401  # as NewSource takes it
    box = console.installation.app.state.fyr.secret_box
    with console.installation.writing(ADA) as ctx:
        return sources.add_source(
            ctx, box, NewSource(accept_untested=True, **fields), ADAPTERS
        ).source


def stored(console: Console, source_id: str) -> StaffSource:
    with console.installation.reading(ADA) as ctx:
        return sources.get_source(ctx, source_id)


def test_every_option_of_every_kind_is_opened_and_saved_unchanged(console: Console) -> None:
    # Kinds with equal options have one form. Without a browser, every kind is opened and saved in
    # tests/web/console/sources/test_option_fields.py.
    forms = {tuple(adapter.option_names): kind for kind, adapter in ADAPTERS.items()}
    kinds = sorted(forms.values())
    new = [{"kind": kind, "name": kind, "options": options_of_kind(kind)} for kind in kinds]
    new += [
        {"kind": "generic", "name": auth, "auth": auth, "auth_options": options}
        for auth, options in AUTHENTICATIONS.items()
    ]
    added = elsewhere(lambda: [add(console, publish="auto", **each) for each in new])
    tab = console.page(Role.ADMIN)
    for source in added:
        tab.goto(f"{console.url}/console/sources/{source.id}/edit")
        with tab.expect_navigation():
            tab.locator("main form button", has_text="Save").click()
        assert tab.url == f"{console.url}/console/sources/{source.id}"
    tab.close()
    assert elsewhere(lambda: [stored(console, source.id) for source in added]) == added


def test_a_test_is_sent_with_a_click_and_arrives(console: Console) -> None:
    source = elsewhere(lambda: add(console, kind="alertmanager", name="Prometheus"))
    tab = console.page(Role.ADMIN, f"/console/sources/{source.id}")
    tab.get_by_role("link", name="Try or send a test").click()
    with tab.expect_navigation():
        tab.get_by_role("button", name="Send a test").click()
    assert f"/console/sources/{source.id}/events/" in tab.url
    assert "The test has arrived" in tab.locator("body").inner_text()
    tab.close()
