"""All ways to sign in, in a real browser: a password, one with a second factor, a passkey, and
single sign-on. The device is Chromium's own virtual one, the provider a small one on loopback.
"""

import re
from collections.abc import Iterator

import httpx
import pyotp
import pytest
from playwright.sync_api import Browser, CDPSession, Page

from app.domain.permissions import Role
from app.usecases.context import SHELL
from app.usecases.users import administration
from app.usecases.users.administration import list_user_details
from app.usecases.users.passwords.passwords import hashed
from app.usecases.users.users import add_user
from tests.browser import axe
from tests.browser.console.user_input import UserInput
from tests.browser.served import Console, opened_console
from tests.cast import BEN
from tests.console import PASSWORD
from tests.web.console.sign_in.provider import CLIENT, SECRET, OpenIdProvider, open_provider

KIM, TIM = "kim@example.com", "tim@example.com"


@pytest.fixture(scope="module")
def provider() -> Iterator[OpenIdProvider]:
    """A provider that asks a person before it vouches for them."""
    with open_provider() as opened:
        opened.asks_first = True
        yield opened


@pytest.fixture(scope="module")
def console(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory, provider: OpenIdProvider
) -> Iterator[Console]:
    """A console with every way in."""
    settings: dict[str, object] = {
        "oidc_issuer": provider.issuer,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": SECRET,
        "oidc_roles": "oncall=editor",
        "allowed_networks": "127.0.0.0/8",
    }
    with opened_console(browser, tmp_path_factory.mktemp("console"), **settings) as opened:
        with opened.installation.writing(SHELL) as ctx:
            for email in (KIM, TIM):
                add_user(ctx, email, Role.VIEWER, password=hashed(PASSWORD, email=email))
        yield opened


def led_in(tab: Page, email: str) -> None:
    """The account page shows whose it is; then out again."""
    tab.get_by_role("heading", name="My account").wait_for()
    assert email in tab.inner_text("main dl")
    tab.get_by_role("button", name="Sign out", exact=True).first.click()
    tab.get_by_text("You are signed out.").wait_for()


def test_with_a_password(console: Console) -> None:
    tab = console.page(None, "/console/login?next=/console/account")
    UserInput(tab).sign_in(KIM, PASSWORD)
    led_in(tab, KIM)
    tab.close()


def test_through_ones_organisation(console: Console, provider: OpenIdProvider) -> None:
    provider.now = int(console.installation.clock.now.timestamp())
    tab = console.page(None, "/console/login?next=/console/account")
    tab.get_by_role("link", name="Sign in with your organisation").click()
    tab.get_by_role("heading", name="Who are you?").wait_for()
    assert tab.url.startswith(f"{provider.issuer}/authorize?")
    tab.get_by_role("button", name="I am Eve").click()
    led_in(tab, "eve@example.com")
    provider.is_broken = True
    console.installation.clock.forward(minutes=10)
    tab.goto(f"{console.url}/console/login?next=/console/account")
    tab.get_by_role("link", name="Sign in with your organisation").click()
    assert "does not answer" in tab.inner_text("[role=alert]")
    UserInput(tab).sign_in(KIM, PASSWORD)
    tab.wait_for_url(f"{console.url}/console/")
    tab.context.clear_cookies()
    tab.close()


def device(tab: Page) -> CDPSession:
    """A device that keeps passkeys and always knows its owner."""
    session = tab.context.new_cdp_session(tab)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session


def test_a_passkey_is_added_signs_in_once_and_opens_nothing_once_removed(console: Console) -> None:
    tab = console.page(Role.EDITOR, "/console/account")
    device(tab)
    tab.get_by_label("Name of the device").fill("Ben's laptop")
    tab.get_by_role("button", name="Add a passkey").click()
    tab.get_by_text("You can sign in with this passkey now.").wait_for()
    assert "Ben's laptop" in tab.inner_text("main")
    assert axe.look(tab) == []
    tab.get_by_role("button", name="Sign out", exact=True).click()
    sent: list[str] = []
    tab.on("request", lambda each: sent.append(each.post_data or ""))
    tab.get_by_role("button", name="Sign in with a passkey").click()
    tab.wait_for_url(f"{console.url}/console/")
    (answer,) = [each for each in sent if "answer=" in each]
    headers = {"Origin": console.url, "Content-Type": "application/x-www-form-urlencoded"}
    again = httpx.post(f"{console.url}/console/login/passkey", content=answer, headers=headers)
    assert again.status_code == 401
    kept_out(console, tab)
    tab.goto(f"{console.url}/console/account")
    tab.get_by_role("button", name="Remove").click()
    tab.get_by_text("The passkey is removed.").wait_for()
    tab.get_by_role("button", name="Sign out", exact=True).click()
    tab.get_by_role("button", name="Sign in with a passkey").click()
    tab.get_by_text("This passkey was not accepted.").wait_for()
    tab.close()


def kept_out(console: Console, tab: Page) -> None:
    """While somebody is locked out, their passkey opens nothing either."""
    with console.installation.writing(SHELL) as ctx:
        (ben,) = (each.id for each in list_user_details(ctx) if each.email == BEN.name)
        administration.update_user(ctx, ben, disabled=True)
    tab.goto(f"{console.url}/console/")
    tab.get_by_role("button", name="Sign in with a passkey").click()
    tab.get_by_text("This passkey was not accepted.").wait_for()
    with console.installation.writing(SHELL) as ctx:
        administration.update_user(ctx, ben, disabled=False)
    tab.get_by_role("button", name="Sign in with a passkey").click()
    tab.wait_for_url(f"{console.url}/console/")


def test_what_is_no_answer_of_a_device_is_refused(console: Console) -> None:
    headers = {"Origin": console.url, "Content-Type": "application/x-www-form-urlencoded"}
    for answer in ("", "[]", "{}", '{"id":"x","response":{"clientDataJSON":"eA"}}', "%FF"):
        refused = httpx.post(
            f"{console.url}/console/login/passkey", content=f"answer={answer}", headers=headers
        )
        assert refused.status_code == 401, answer


def test_with_a_password_and_a_second_factor(console: Console) -> None:
    tab = console.page(None, "/console/login?next=/console/account")
    UserInput(tab).sign_in(TIM, PASSWORD)
    tab.get_by_role("button", name="Set up").click()
    letters = tab.locator("code").inner_text()
    width = "image => image.decode().then(() => image.naturalWidth)"
    assert tab.locator(".qr").evaluate(width) > 100
    assert axe.look(tab) == []
    app = pyotp.TOTP(letters)
    tab.get_by_label("Six digits").fill(app.at(console.installation.clock.now))
    tab.get_by_role("button", name="Switch on").click()
    recovery = re.findall(r"[a-z2-7]{4}(?:-[a-z2-7]{4}){3}", tab.inner_text(".codes"))
    assert len(recovery) == 10
    assert axe.look(tab) == []
    tab.context.clear_cookies()
    console.installation.clock.forward(seconds=30)
    for code in (app.at(console.installation.clock.now), recovery[0]):
        tab.goto(f"{console.url}/console/login?next=/console/account")
        UserInput(tab).sign_in(TIM, PASSWORD)
        tab.get_by_label("Code").fill(code)
        if code == recovery[0]:
            assert axe.look(tab) == []
        tab.keyboard.press("Enter")
        led_in(tab, TIM)
    tab.close()
