"""Feeds: an entry for each incident and each maintenance, newest first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from markupsafe import Markup

from app.domain.page.listing import (
    PageListing,
    TimelineEntry,
    incident_timeline,
    last_changed_at,
    maintenance_timeline,
)
from app.domain.page.logos import PictureKind, fitted
from app.domain.page.pages import PageFacts
from app.domain.page.records import IncidentRecord, MaintenanceRecord
from app.domain.phrases import N_, Text
from app.i18n import formats
from app.i18n.bidi import isolate
from app.i18n.localization import Locale, localize
from app.rendering.formats.step_html import entry_html
from app.rendering.formats.xml import render_xml
from app.rendering.text.machine_language import MachineLanguage, locale_for

__all__ = ["atom", "history_atom", "history_rss", "host_of", "rss"]

MOST_ENTRIES = 50

# Source: https://www.rssboard.org/rss-specification#ltimagegtSubelementOfLtchannelgt
_RSS_BOX = (144, 400)

_TITLE = N_("Incidents and maintenance of %(page)s")
_SERVICE_TITLE = N_("Incidents and maintenance of %(service)s, %(page)s")
_DESCRIPTION = N_("What has failed, what is planned, and how it went.")
_PLANNED = N_("Planned for %(span)s")


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One incident or maintenance with everything told of it.

    `language` is that of a title in another one than the feed's.
    """

    id: str
    url: str
    title: str
    language: str | None
    published_at: datetime
    updated_at: datetime
    html: Markup


@dataclass(frozen=True, slots=True)
class Feed:
    """What the templates of feeds show. `address` is where the feed itself is read.

    `logo` is the address of the page's own, `image` the size to show it at for those that know
    no drawings.
    """

    id: str
    home: str
    address: str
    title: str
    description: str
    author: str
    language: str
    updated_at: datetime
    entries: Sequence[FeedEntry]
    logo: str | None
    image: tuple[int, int] | None


def history_atom(listing: PageListing, tongue: MachineLanguage) -> bytes:
    """The Atom feed in the form of Statuspage's."""
    return render_xml("atom.xml", feed=_history(listing, tongue, "atom"))


def history_rss(listing: PageListing, tongue: MachineLanguage) -> bytes:
    """The RSS feed in the form of Statuspage's."""
    return render_xml("rss.xml", feed=_history(listing, tongue, "rss"))


def atom(listing: PageListing, tongue: MachineLanguage) -> bytes:
    """The Atom feed of the page or of a service in one language."""
    return render_xml("atom.xml", feed=_localized(listing, tongue, "atom"))


def rss(listing: PageListing, tongue: MachineLanguage) -> bytes:
    """The RSS feed of the page or of a service in one language."""
    return render_xml("rss.xml", feed=_localized(listing, tongue, "rss"))


def host_of(listing: PageListing) -> str:
    """The host that the page's ids are made of."""
    return urlsplit(listing.page.base_url).hostname or "localhost"


def _history(listing: PageListing, tongue: MachineLanguage, kind: str) -> Feed:
    page = listing.page
    locale = locale_for(page, tongue.language)
    words = locale_for(page, tongue.words)
    entries = _entries(listing, page.base_url, locale, words)
    name = localize(page.name, locale).text
    return Feed(
        id=f"tag:{host_of(listing)},2005:/history",
        home=page.base_url,
        address=f"{page.base_url}/history.{kind}",
        title=f"{name} Status - Incident History",
        description="Statuspage",
        author=name,
        language="en-US" if tongue.language == "en" else tongue.language,
        updated_at=_updated_at(listing, entries),
        entries=entries,
        logo=_logo(page),
        image=_image(page),
    )


def _localized(listing: PageListing, tongue: MachineLanguage, kind: str) -> Feed:
    page = listing.page
    locale = locale_for(page, tongue.language)
    say = locale.catalogue.gettext
    name = localize(page.name, locale).text
    place = f"/{tongue.language}"
    title = say(_TITLE) % {"page": isolate(name, locale.language)}
    for service in listing.services:
        if service.slug == listing.service:
            place = f"{place}/services/{service.slug}"
            named = isolate(localize(service.name, locale).text, locale.language)
            title = say(_SERVICE_TITLE) % {
                "service": named,
                "page": isolate(name, locale.language),
            }
    entries = _entries(listing, f"{page.base_url}/{tongue.language}", locale, locale)
    return Feed(
        id=f"tag:{host_of(listing)},2005:{place}",
        home=f"{page.base_url}{place}" + ("" if listing.service else "/"),
        address=f"{page.base_url}{place}/feed.{kind}",
        title=title,
        description=say(_DESCRIPTION),
        author=name,
        language=tongue.language,
        updated_at=_updated_at(listing, entries),
        entries=entries,
        logo=_logo(page),
        image=_image(page),
    )


def _logo(page: PageFacts) -> str | None:
    return page.base_url + page.logo.light.path if page.logo else None


def _image(page: PageFacts) -> tuple[int, int] | None:
    if page.logo is None or page.logo.light.kind is not PictureKind.PNG:
        return None
    return fitted(page.logo.light.width, page.logo.light.height, _RSS_BOX)


def _updated_at(listing: PageListing, entries: Iterable[FeedEntry]) -> datetime:
    return max((entry.updated_at for entry in entries), default=listing.page.updated_at)


def _entries(listing: PageListing, home: str, locale: Locale, words: Locale) -> list[FeedEntry]:
    teller = _Teller(home, host_of(listing), locale, words)
    told = [teller.incident(each) for each in listing.incidents]
    told += [teller.maintenance(each) for each in listing.maintenances]
    told.sort(key=lambda entry: entry.published_at, reverse=True)
    return told[:MOST_ENTRIES]


@dataclass(frozen=True, slots=True)
class _Teller:
    home: str
    host: str
    locale: Locale
    words: Locale

    def incident(self, incident: IncidentRecord) -> FeedEntry:
        steps = incident_timeline(incident)
        return self._entry(
            incident.id,
            f"/incidents/{incident.id}",
            incident.title,
            (incident.started_at, last_changed_at(incident)),
            self._html(steps),
        )

    def maintenance(self, window: MaintenanceRecord) -> FeedEntry:
        steps = maintenance_timeline(window)
        span = formats.time_span(
            window.starts_at, window.ends_at, self.words.language, self.words.zone
        )
        planned = self.words.catalogue.gettext(_PLANNED) % {"span": span}
        return self._entry(
            window.id,
            window.path,
            window.title,
            (steps[-1].at, max([window.updated_at, *(step.updated_at for step in steps)])),
            self._html(steps) + Markup("<p><small>{}</small></p>").format(planned),
        )

    def _html(self, steps: Iterable[TimelineEntry]) -> Markup:
        return Markup("").join(entry_html(step, self.locale, self.words) for step in steps)

    def _entry(
        self, id: str, path: str, title: Text, told: tuple[datetime, datetime], html: Markup
    ) -> FeedEntry:
        worded = localize(title, self.locale)
        published_at, updated_at = told
        return FeedEntry(
            # The id is the same in every language and after every edit.
            id=f"tag:{self.host},2005:Incident/{id}",
            url=self.home + path,
            title=worded.text,
            language=worded.language if worded.foreign else None,
            published_at=published_at,
            updated_at=max(published_at, updated_at),
            html=html,
        )
