"""What a message about a subscription says of it: what its subscriber gets."""

from collections.abc import Iterable, Sequence
from urllib.parse import urlencode

from app.domain.page.pages import PageFacts
from app.domain.page.subscribing import Missing, SubscriptionSummary
from app.domain.texts.phrases import N_, Text
from app.i18n import formats
from app.i18n.bidi import isolate
from app.i18n.languages import native_name
from app.i18n.localization import Locale, localize
from app.rendering.filters.subscribing import CHOICES

__all__ = ["query_of", "subscription_facts", "title_list"]

_EVERYTHING = N_("Everything on this page")
_ABOUT = N_("Notifications about")
_INCIDENTS = N_("Incidents")
_MINIMUM = N_("Smallest impact of incidents")
_MAINTENANCE = N_("Maintenance")
_LANGUAGE = N_("Language")
_TIME_ZONE = N_("Time zone")


def subscription_facts(
    summary: SubscriptionSummary, page: PageFacts, locale: Locale
) -> Sequence[tuple[str, str]]:
    """Pairs of a label and a value, in the order of the form."""
    gettext, choices = locale.catalogue.gettext, summary.choices
    everything = choices.followed.is_whole_page
    about = gettext(_EVERYTHING) if everything else title_list(summary.titles, locale)
    incidents = CHOICES["incidents"][choices.incidents]
    minimum = CHOICES["minimum"][choices.minimum]
    planned = CHOICES["maintenances"][choices.maintenances]
    return [
        (gettext(_ABOUT), about),
        (gettext(_INCIDENTS), gettext(incidents)),
        (gettext(_MINIMUM), gettext(minimum)),
        (gettext(_MAINTENANCE), gettext(planned)),
        (gettext(_LANGUAGE), native_name(choices.language)),
        (gettext(_TIME_ZONE), choices.time_zone or page.time_zone),
    ]


def title_list(titles: Iterable[Text], locale: Locale) -> str:
    """The titles in one line, each isolated from the direction of the text around it."""
    lines = [" ".join(localize(each, locale).text.split()) for each in titles]
    return formats.join([isolate(each, locale.language) for each in lines], locale.language)


def query_of(missing: Missing) -> str:
    """The query of the page of a subscription that offers what is missing."""
    followed = missing.followed
    if followed.is_whole_page:
        return "?scope=page"
    pairs = [
        *(("service", each) for each in followed.services),
        *(("incident", each) for each in followed.incidents),
        *(("maintenance", each) for each in followed.maintenances),
    ]
    return f"?{urlencode(pairs)}"
