"""Web Push in a real browser, with a script in place of the push service."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, CDPSession, Page, Worker, expect
from sqlmodel import select

from app.db.tables import SubscriberRow
from app.usecases.page.settings import PageChange, edit_page
from tests.browser.served import PHONE, Console, opened_console
from tests.push import browser_values, offer_push

VALUES = browser_values()
# What a push service would have answered.
SUBSCRIPTION = {
    "endpoint": VALUES["endpoint"],
    "expirationTime": None,
    "keys": {"p256dh": VALUES["p256dh"], "auth": VALUES["auth"]},
}
STAND_IN = f"""
  Notification.requestPermission = async () => "granted";
  PushManager.prototype.subscribe = async () => ({json.dumps(SUBSCRIPTION)});
"""


@pytest.fixture(scope="module")
def offering(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """A page in three languages that offers Web Push."""
    folder: Path = tmp_path_factory.mktemp("push")
    with opened_console(browser, folder) as opened:
        offer_push(opened.installation, opened.installation.app.state.fyr.secret_box)
        with opened.installation.writing() as ctx:
            edit_page(ctx, PageChange(languages=("en", "sv", "ar")))
        yield opened


@pytest.fixture
def tab(browser: Browser, offering: Console) -> Iterator[Page]:
    context = browser.new_context(viewport=PHONE, locale="ar")  # type: ignore[arg-type]
    context.grant_permissions(["notifications"], origin=offering.url)
    context.add_init_script(STAND_IN)
    opened = context.new_page()
    opened.set_default_timeout(120_000)
    yield opened
    context.close()


def watch(worker: Worker) -> None:
    """Record what the service worker shows: headless Chromium has no notifications."""
    worker.evaluate(
        """() => {
          self.shown = [];
          self.registration.showNotification = async (title, options) =>
            self.shown.push({ title, ...options, url: options.data.url });
        }"""
    )


def shown(worker: Worker, number: int) -> list[dict[str, str]]:
    """The notifications, when there are `number` of them."""
    found: list[dict[str, str]] = worker.evaluate(
        """async (number) => {
          while (self.shown.length < number) await new Promise((go) => setTimeout(go, 20));
          return self.shown;
        }""",
        number,
    )
    return found


def opened_by_click(worker: Worker) -> str:
    """The URL that a click on the newest notification opens."""
    url: str = worker.evaluate(
        """() => new Promise((open) => {
          self.clients.openWindow = async (url) => open(url);
          const click = new ExtendableEvent("notificationclick");
          const notification = { ...self.shown.at(-1), close() {} };
          // Only the browser's own events can be waited for.
          self.dispatchEvent(Object.assign(click, { notification, waitUntil() {} }));
        })"""
    )
    return url


def deliver(session: CDPSession, offering: Console, registration: str, data: str) -> None:
    session.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": offering.url, "registrationId": registration, "data": data},
    )


def test_a_visitor_lets_the_browser_be_notified_and_is_notified(
    tab: Page, offering: Console
) -> None:
    registrations: list[str] = []
    session = tab.context.new_cdp_session(tab)
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: registrations.extend(
            each["registrationId"] for each in event["registrations"]
        ),
    )
    session.send("ServiceWorker.enable")
    tab.goto(f"{offering.url}/ar/subscribe")
    tab.locator("#push button").click()
    expect(tab.locator("#push [role=status]")).to_have_text("يتلقى هذا المتصفح الإشعارات.")
    with offering.installation.reading() as ctx:
        assert ctx.session.exec(select(SubscriberRow.language)).all() == ["ar"]

    message = {
        "title": "تعذّر الدفع بالبطاقات",
        "body": "نحن نحقق في الأمر.",
        "lang": "ar",
        "dir": "rtl",
        "tag": "incident:abcdefghij12",
        "url": f"{offering.url}/ar/incidents/abcdefghij12",
    }
    (worker,) = tab.context.service_workers
    watch(worker)
    deliver(session, offering, registrations[0], json.dumps(message))
    (first,) = shown(worker, 1)
    assert {name: first[name] for name in message} == message
    assert opened_by_click(worker) == message["url"]

    # A payload that is not ours still shows something, and leads to this page.
    deliver(session, offering, registrations[0], "not JSON")
    assert shown(worker, 2)[1]["url"] == f"{offering.url}/"

    tab.locator("#push a").click()
    expect(tab.locator("h1")).to_be_visible()


def test_without_the_means_the_button_is_not_shown(browser: Browser, offering: Console) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{offering.url}/en/subscribe")
    expect(page.locator("#push")).to_be_hidden()
    context.close()
