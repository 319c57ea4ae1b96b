"""Input of a user in a browser: presses and typing, counted."""

from playwright.sync_api import Page

__all__ = ["UserInput"]


class UserInput:
    """Presses buttons and fills fields of a tab. `done` counts each press and each filled field."""

    def __init__(self, tab: Page) -> None:
        self.tab = tab
        self.done = 0

    def press(self, name: str, role: str = "button") -> None:
        self.tab.get_by_role(role, name=name).first.click()  # type: ignore[arg-type]
        self.done += 1

    def write(self, label: str, text: str) -> None:
        self.tab.get_by_label(label, exact=True).fill(text)
        self.done += 1

    def show_language(self, language: str) -> None:
        """On a phone one language is shown at a time: choose it."""
        if self.tab.locator(".language-tab").first.is_visible():
            self.tab.locator(".language-tab", has_text=language).click()
            self.done += 1

    def go(self, name: str, role: str = "link") -> None:
        """Go somewhere by the menu, which has to be opened on a phone."""
        menu = self.tab.get_by_role("button", name="Menu")
        if menu.is_visible():
            menu.click()
            self.done += 1
        self.press(name, role)

    def sign_in(self, email: str, password: str) -> None:
        self.tab.get_by_label("E-mail address").fill(email)
        self.tab.get_by_label("Password").fill(password)
        self.tab.get_by_role("button", name="Sign in", exact=True).click()
        self.done += 3
