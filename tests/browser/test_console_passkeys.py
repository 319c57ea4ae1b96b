"""Passkeys and the second factor in a real browser; the device is Chromium's own virtual one."""

import re

import httpx
import pyotp
from playwright.sync_api import CDPSession, Page

from app.domain.permissions import Role
from app.usecases.context import SHELL
from app.usecases.users import add_user
from tests.browser import axe
from tests.browser.served import Console
from tests.console import PASSWORD


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
    tab.goto(f"{console.url}/console/account")
    tab.get_by_role("button", name="Remove").click()
    tab.get_by_text("That passkey opens nothing any more.").wait_for()
    tab.get_by_role("button", name="Sign out", exact=True).click()
    tab.get_by_role("button", name="Sign in with a passkey").click()
    tab.get_by_text("This passkey was not accepted.").wait_for()
    tab.close()


def test_what_is_no_answer_of_a_device_is_refused(console: Console) -> None:
    headers = {"Origin": console.url, "Content-Type": "application/x-www-form-urlencoded"}
    for answer in ("", "[]", "{}", '{"id":"x","response":{"clientDataJSON":"eA"}}', "%FF"):
        refused = httpx.post(
            f"{console.url}/console/login/passkey", content=f"answer={answer}", headers=headers
        )
        assert refused.status_code == 401, answer


def test_an_authenticator_app_is_set_up_and_asked_for(console: Console) -> None:
    with console.house.writing(SHELL) as ctx:
        add_user(ctx, "kim@example.com", Role.VIEWER, password=PASSWORD)
    tab = console.page(None, "/console/login?next=/console/account")
    tab.get_by_label("E-mail address").fill("kim@example.com")
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Sign in", exact=True).click()
    tab.get_by_role("button", name="Set it up").click()
    letters = tab.locator("code").inner_text()
    tab.wait_for_function("document.querySelector('.qr').naturalWidth > 100")
    assert axe.look(tab) == []
    app = pyotp.TOTP(letters)
    tab.get_by_label("Six digits").fill(app.at(console.house.clock.now))
    tab.get_by_role("button", name="Switch it on").click()
    recovery = re.findall(r"[a-z2-7]{5}-[a-z2-7]{5}", tab.inner_text(".codes"))
    assert len(recovery) == 10
    assert axe.look(tab) == []
    tab.context.clear_cookies()
    tab.goto(f"{console.url}/console/login")
    tab.get_by_label("E-mail address").fill("kim@example.com")
    tab.get_by_label("Password").fill(PASSWORD)
    tab.keyboard.press("Enter")
    tab.get_by_label("Code").fill(recovery[0])
    assert axe.look(tab) == []
    tab.keyboard.press("Enter")
    tab.wait_for_url(f"{console.url}/console/")
    tab.close()
