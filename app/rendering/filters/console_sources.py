"""What staff read of monitors: how they are set up, and what became of what they sent."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context

from app import folder
from app.domain.alerts.sources import EventVerdict
from app.domain.phrases import N_
from app.i18n.localization import Locale

__all__ = ["FILTERS", "VERDICTS", "recipe"]

VERDICTS: Mapping[EventVerdict, tuple[str, str]] = {
    EventVerdict.WAITING: ("under_maintenance", N_("Waits to be processed")),
    EventVerdict.ALERTS: ("operational", N_("Understood: it states alerts")),
    EventVerdict.OUTDATED: ("operational", N_("Understood: newer words overrule it")),
    EventVerdict.NOTHING: ("under_maintenance", N_("Understood: it states no alert")),
    EventVerdict.MALFORMED: ("major_outage", N_("Not understood")),
    EventVerdict.FAILED: ("major_outage", N_("Could not be processed; replay it")),
}
_KIND = re.compile(r"[a-z0-9-]{1,60}")
_EXAMPLE = "https://status.example.com/hooks/TOKEN"


def recipe(kind: str, url: str, secret: str | None) -> str:
    """The setup instructions of a monitor from docs/monitors, with this URL and secret.

    Empty for a kind without a page.
    """
    file = folder("docs") / "monitors" / f"{kind}.md"
    if _KIND.fullmatch(kind) is None or not file.is_file():
        return ""
    text = file.read_text("utf-8").partition("**Authentication**")[0].partition("\n## ")[0]
    text = text.partition("\n\n")[2].replace(_EXAMPLE, url)
    return text.replace("SECRET", secret or "SECRET").strip()


@pass_context
def _verdict(context: Context, verdict: EventVerdict) -> tuple[str, str]:
    """Its shape, and its words."""
    locale: Locale = context["locale"]
    icon, words = VERDICTS[verdict]
    return icon, locale.catalogue.gettext(words)


FILTERS: Mapping[str, Callable[..., Any]] = {"verdict": _verdict}
