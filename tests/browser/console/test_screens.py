"""Every screen of the console in a browser: for each role, at each size, light and dark."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from app.domain.certificates.findings import ProbeFailure, ProbeResult, Stage
from app.domain.permissions import Role
from app.i18n.languages import CONSOLE_LANGUAGES
from app.worker.profile_folder import ProfileFolder
from tests.browser import axe, buttons
from tests.browser.served import DESK, PHONE, Console, opened_console
from tests.usecases.targets.forecasting import HOST, record_result
from tests.web.console.routes import NEEDED, SIGNED_OUT
from tests.web.console.screens import NO_SCREENS, Addresses, populate, welcome

_WELCOME = "/console/welcome/{secret}"
# The welcome is shown only while there is no user: the fixture `screens` looks at it.
_SCREENS = sorted(
    {path for method, path in {*SIGNED_OUT, *NEEDED} if method == "GET"} - NO_SCREENS - {_WELCOME}
)
_NOBODY = tuple(f"/console/{each}" for each in ("login", "invitation", "welcome"))
_OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_BAR = "document.querySelector('.send')?.offsetHeight ?? 0"
_ROW = 80
# Screens of what this console has not: a provider that answers, and mail.
_NOT_SET_UP = ("single-sign-on", "/login/link")
# Forms to be sent with nothing in them, and the button that sends them.
_WRONG = {
    "/console/account/second-factor": "main form button",
    "/console/certificates/new": "main form button",
    "/console/incidents/new": "button[value=publish]",
    "/console/incidents/{incident_id}/edit": "main form button:not(.away)",
    "/console/incidents/{incident_id}/update": "button[value=publish]",
    "/console/invitation/{secret}": "main form button",
    "/console/login": "main form button",
    "/console/maintenances/new": "button[value=publish]",
    "/console/page/logo": "form[enctype] button",
    "/console/replies/new": "main form button:not(.away)",
    "/console/routes/new": "main form button",
    "/console/services/groups/new": "main form button",
    "/console/services/{slug}/aliases": "form.card button",
    "/console/services/new": "main form button",
    "/console/sources/new/{kind}": "main form button",
    "/console/tokens": "form[action='/console/tokens'] button",
    "/console/users": "form[action='/console/users'] button",
}
_EMPTIED = """() => {
  for (const form of document.forms) form.noValidate = true;
  for (const each of document.querySelectorAll("main details")) each.open = true;
  const texts = "main textarea, main input:not([type=hidden], [type=radio], [type=checkbox])";
  for (const each of document.querySelectorAll(texts)) each.value = "";
}"""


@pytest.fixture(scope="module")
def console(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """A console whose organisation has a sign-in of its own, which does not answer."""
    away = {"oidc_issuer": "http://127.0.0.1:9", "oidc_client_id": "fyr", "oidc_roles": "*=viewer"}
    with opened_console(browser, tmp_path_factory.mktemp("console"), **away) as opened:
        yield opened


@pytest.fixture(scope="module")
def screens(console: Console) -> Addresses:
    """The address of each route's screen, with a row on each."""
    tab = console.page(None, welcome(console.installation))
    assert seen(tab) == []
    tab.close()
    # In a thread of its own: in this one Playwright's loop runs, and asking needs another.
    with ThreadPoolExecutor(1) as another:
        return another.submit(populate, console.installation).result()


def seen(tab: Page) -> list[str]:
    """What is wrong with the screen, on a desk and on a phone."""
    found = axe.look(tab)
    tab.set_viewport_size(PHONE)  # type: ignore[arg-type]
    found += axe.look_again(tab)
    if tab.evaluate(_OVERFLOW) > 0:
        found.append("It scrolls sideways on a phone.")
    found += buttons.misfits(tab)
    tab.set_viewport_size(DESK)  # type: ignore[arg-type]
    return found


def test_no_screen_locks_anybody_out(console: Console, screens: Addresses) -> None:
    tabs = {role: console.page(role) for role in (None, Role.ADMIN)}
    found = {}
    for route in _SCREENS:
        tab = tabs[None if route.startswith(_NOBODY) else Role.ADMIN]
        answer = tab.goto(f"{console.url}{screens.of(route)}")
        assert answer is not None
        is_set_up = not any(each in route for each in _NOT_SET_UP)
        assert (answer.status == 200) is is_set_up, (route, answer.status)
        found[route] = seen(tab)
    for tab in tabs.values():
        tab.close()
    assert {route: problems for route, problems in found.items() if problems} == {}


# Long words, and right to left; `make check` measures the labels of the others.
@pytest.mark.parametrize("language", sorted({"de", "ar"} & {*CONSOLE_LANGUAGES}))
def test_no_button_of_any_screen_is_cut_or_broken_into_letters_on_a_phone(
    console: Console, screens: Addresses, language: str
) -> None:
    # In the language of the code, every screen is measured by `seen`.
    tabs = {role: console.page(role, language=language) for role in (None, Role.ADMIN)}
    for tab in tabs.values():
        tab.set_viewport_size(PHONE)  # type: ignore[arg-type]
    found = {}
    for route in _SCREENS:
        tab = tabs[None if route.startswith(_NOBODY) else Role.ADMIN]
        tab.goto(f"{console.url}{screens.of(route)}")
        assert tab.locator("html").get_attribute("lang") == language, route
        found[route] = buttons.misfits(tab)
        if tab.evaluate(_BAR) > _ROW:
            found[route].append("The buttons that stay in view are more than a row.")
    for tab in tabs.values():
        tab.close()
    assert {route: problems for route, problems in found.items() if problems} == {}


def test_no_refusal_locks_anybody_out(console: Console, screens: Addresses) -> None:
    tabs = {role: console.page(role) for role in (None, Role.ADMIN)}
    found = {}
    for route, button in _WRONG.items():
        tab = tabs[None if route.startswith(_NOBODY) else Role.ADMIN]
        tab.set_viewport_size(PHONE)  # type: ignore[arg-type]
        tab.goto(f"{console.url}{screens.of(route)}")
        tab.evaluate(_EMPTIED)
        answer = answered(tab, button)
        assert 400 <= answer.status < 500, (route, answer.status)
        found[route] = axe.look(tab)
    for tab in tabs.values():
        tab.close()
    assert {route: problems for route, problems in found.items() if problems} == {}


def test_nothing_shown_once_and_nothing_amiss_locks_anybody_out(
    console: Console, screens: Addresses
) -> None:
    tab, cy = console.page(Role.ADMIN, "/console/tokens"), console.page(Role.VIEWER)
    found = {}
    tab.get_by_label("Name").fill("deploy")
    assert answered(tab, "form[action='/console/tokens'] button").status == 200
    found["a token"] = seen(tab)
    tab.goto(f"{console.url}/console/sources/new/generic")
    tab.get_by_label("Name", exact=True).fill("More scripts")
    assert answered(tab, "main form button").status == 200
    found["a source"] = seen(tab)
    tab.goto(f"{console.url}{screens.of('/console/users/{user_id}')}")
    assert answered(tab, "form[action$='/link'] button").status == 200
    found["a link"] = seen(tab)
    tab.goto(f"{console.url}/console/nothing")
    found["nothing there"] = seen(tab)
    cy.goto(f"{console.url}/console/users")
    found["not for viewers"] = seen(cy)
    cy.close()
    tab.close()
    assert {screen: problems for screen, problems in found.items() if problems} == {}


def test_an_update_is_previewed_in_each_direction_without_scripts(
    console: Console, screens: Addresses
) -> None:
    tab = console.page(Role.EDITOR)
    tab.route("**/*.js", lambda each: each.abort())
    tab.goto(f"{console.url}{screens.of('/console/incidents/{incident_id}/update')}")
    tab.get_by_label("Monitoring").check()
    tab.get_by_label("Text in English", exact=True).fill("We watch it.")
    tab.get_by_label("Text in Arabic", exact=True).fill("نراقب الوضع.")
    assert answered(tab, "button[value=preview]:not(.away)").status == 200
    shown = tab.locator("#preview [lang=ar][dir=rtl]")
    assert "نراقب الوضع." in shown.last.inner_text()
    assert seen(tab) == []
    tab.close()


def test_the_picture_of_a_chain_is_drawn_in_the_zone_of_the_reader(
    console: Console, screens: Addresses
) -> None:
    picture = screens.of("/console/incidents/{incident_id}/chain-{phase}.svg")
    for path in (screens.of("/console/certificates/{target_id}"), picture.rpartition("/")[0]):
        tab = console.page(Role.VIEWER, path, zone="Asia/Tokyo")
        dates = tab.locator(".chain svg [data-at]")
        expect(dates.first).to_contain_text("GMT+9")
        assert all("GMT+9" in each for each in dates.all_text_contents())
        tab.close()


def test_the_picture_of_a_chain_is_seen_without_the_script(
    console: Console, screens: Addresses
) -> None:
    tab = console.page(Role.VIEWER)
    tab.route("**/*.js", lambda each: each.abort())
    tab.goto(f"{console.url}{screens.of('/console/certificates/{target_id}')}")
    assert tab.eval_on_selector(".chain img", "image => image.naturalWidth") > 0
    tab.close()


def test_the_picture_of_a_public_chain_is_drawn_within_the_policy_of_the_page(
    console: Console, screens: Addresses
) -> None:
    picture = screens.of("/console/incidents/{incident_id}/chain-{phase}.svg")
    incident = picture.removeprefix("/console").rpartition("/")[0]
    tab = console.page(None, f"/en{incident}")
    tab.wait_for_selector(".chain svg text")
    tab.close()
    assert not [each for each in console.complaints if "Content Security Policy" in each]


def test_the_result_of_a_check_arrives_by_itself(console: Console, screens: Addresses) -> None:
    here = screens.of("/console/certificates/{target_id}")
    tab = console.page(Role.EDITOR, here)
    tab.get_by_role("button", name="Check now").click()
    expect(tab.get_by_text("The host is being checked. The result")).to_be_visible()

    def record() -> None:
        folder = ProfileFolder(console.installation.settings.data_dir / "profiles")
        refused = ProbeFailure(Stage.REFUSED, "private_address", "10.0.0.1")
        result = ProbeResult(HOST, 443, "10.0.0.1", failure=refused)
        record_result(console.installation, folder, here.rpartition("/")[2], result)

    with ThreadPoolExecutor(1) as another:
        another.submit(record).result()
    expect(tab.get_by_text("FYR_ALLOWED_NETWORKS")).to_be_visible()
    assert not tab.locator("[data-awaited]").count()
    tab.close()


def answered(tab: Page, button: str) -> Response:
    """What comes of pressing it."""
    with tab.expect_navigation() as sent:
        tab.locator(button).first.click()
    return sent.value
