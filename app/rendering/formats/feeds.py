"""Atom, RSS and JSON feeds: one entry per incident and maintenance window, newest first."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from markupsafe import Markup

from app.domain.page.listing import (
    MOST_RECENT,
    PageListing,
    TimelineEntry,
    incident_timeline,
    last_changed_at,
    maintenance_timeline,
)
from app.domain.page.logos import PictureKind, fit_into
from app.domain.page.pages import PageFacts
from app.domain.records import IncidentRecord, MaintenanceRecord
from app.domain.texts.phrases import N_, Text
from app.i18n import formats
from app.i18n.bidi import isolate
from app.i18n.localization import Locale, localize
from app.rendering.formats.timeline_html import entry_html
from app.rendering.formats.xml import render_xml
from app.rendering.text.instants import format_rfc3339
from app.rendering.text.machine_language import MachineLanguage, locale_for

__all__ = ["atom", "history_atom", "history_rss", "host_of", "json_feed", "rss"]

# Source: https://www.rssboard.org/rss-specification#ltimagegtSubelementOfLtchannelgt
_RSS_BOX = (144, 400)

_TITLE = N_("Incidents and maintenance · %(page)s")
_SERVICE_TITLE = N_("Incidents and maintenance: %(service)s · %(page)s")
_DESCRIPTION = N_("Incidents and planned maintenance.")
_PLANNED = N_("Planned time: %(span)s")


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One incident or maintenance window with its timeline as HTML.

    `language` is the tag of the title if it differs from the feed's language, else None.
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
    """Values of the feed templates.

    `address` is the URL of the feed itself. `logo` is the URL of the page's logo. `image` is its
    display size if it is a PNG, which RSS readers can show.
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


def history_atom(listing: PageListing, language: MachineLanguage) -> bytes:
    """Atom feed in the form of Statuspage's."""
    return render_xml("atom.xml", feed=_history(listing, language, "atom"))


def history_rss(listing: PageListing, language: MachineLanguage) -> bytes:
    """RSS feed in the form of Statuspage's."""
    return render_xml("rss.xml", feed=_history(listing, language, "rss"))


def atom(listing: PageListing, language: MachineLanguage) -> bytes:
    """Atom feed of the page or of one service in one language."""
    return render_xml("atom.xml", feed=_localized(listing, language, "atom"))


def rss(listing: PageListing, language: MachineLanguage) -> bytes:
    """RSS feed of the page or of one service in one language."""
    return render_xml("rss.xml", feed=_localized(listing, language, "rss"))


def json_feed(listing: PageListing, language: MachineLanguage) -> bytes:
    """JSON Feed of the page or of one service in one language.

    Specification: https://www.jsonfeed.org/version/1.1/
    """
    feed = _localized(listing, language, "json")
    data = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.home,
        "feed_url": feed.address,
        "description": feed.description,
        "language": feed.language,
        "authors": [{"name": feed.author}],
        **({"icon": feed.logo} if feed.logo else {}),
        "items": [_json_item(each) for each in feed.entries],
    }
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def _json_item(entry: FeedEntry) -> dict[str, str]:
    return {
        "id": entry.id,
        "url": entry.url,
        "title": entry.title,
        "content_html": str(entry.html),
        "date_published": format_rfc3339(entry.published_at),
        "date_modified": format_rfc3339(entry.updated_at),
        **({"language": entry.language} if entry.language else {}),
    }


def host_of(listing: PageListing) -> str:
    """Host of the page's base URL, which is part of every id."""
    return urlsplit(listing.page.base_url).hostname or "localhost"


def _history(listing: PageListing, language: MachineLanguage, kind: str) -> Feed:
    page = listing.page
    locale = locale_for(page, language.language)
    fixed_texts = locale_for(page, language.fixed_texts)
    entries = _entries(listing, page.base_url, locale, fixed_texts)
    name = isolate(localize(page.name, locale).text, locale.language)
    return Feed(
        id=f"tag:{host_of(listing)},2005:/history",
        home=page.base_url,
        address=f"{page.base_url}/history.{kind}",
        title=f"{name} Status - Incident History",
        description="Statuspage",
        author=name,
        language="en-US" if language.language == "en" else language.language,
        updated_at=_updated_at(listing, entries),
        entries=entries,
        logo=_logo(page),
        image=_image(page),
    )


def _localized(listing: PageListing, language: MachineLanguage, kind: str) -> Feed:
    page = listing.page
    locale = locale_for(page, language.language)
    gettext = locale.catalogue.gettext
    name = isolate(localize(page.name, locale).text, locale.language)
    path = f"/{language.language}"
    title = gettext(_TITLE) % {"page": name}
    for service in listing.services:
        if service.slug == listing.service:
            path = f"{path}/services/{service.slug}"
            named = isolate(localize(service.name, locale).text, locale.language)
            title = gettext(_SERVICE_TITLE) % {"service": named, "page": name}
    entries = _entries(listing, f"{page.base_url}/{language.language}", locale, locale)
    return Feed(
        id=f"tag:{host_of(listing)},2005:{path}",
        home=f"{page.base_url}{path}" + ("" if listing.service else "/"),
        address=f"{page.base_url}{path}/feed.{kind}",
        title=title,
        description=gettext(_DESCRIPTION),
        author=name,
        language=language.language,
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
    return fit_into(page.logo.light.width, page.logo.light.height, _RSS_BOX)


def _updated_at(listing: PageListing, entries: Iterable[FeedEntry]) -> datetime:
    return max((entry.updated_at for entry in entries), default=listing.page.updated_at)


def _entries(
    listing: PageListing, home: str, locale: Locale, fixed_texts: Locale
) -> list[FeedEntry]:
    builder = _EntryBuilder(home, host_of(listing), locale, fixed_texts)
    entries = [builder.incident(each) for each in listing.incidents]
    entries += [builder.maintenance(each) for each in listing.maintenances]
    entries.sort(key=lambda entry: entry.published_at, reverse=True)
    return entries[:MOST_RECENT]


@dataclass(frozen=True, slots=True)
class _EntryBuilder:
    home: str
    host: str
    locale: Locale
    fixed_texts: Locale

    def incident(self, incident: IncidentRecord) -> FeedEntry:
        timeline = incident_timeline(incident)
        return self._entry(
            incident.id,
            f"/incidents/{incident.id}",
            incident.title,
            (incident.started_at, last_changed_at(incident)),
            self._html(timeline),
        )

    def maintenance(self, window: MaintenanceRecord) -> FeedEntry:
        timeline = maintenance_timeline(window)
        span = formats.time_span(
            window.starts_at, window.ends_at, self.fixed_texts.language, self.fixed_texts.zone
        )
        planned = self.fixed_texts.catalogue.gettext(_PLANNED) % {"span": span}
        return self._entry(
            window.id,
            window.path,
            window.title,
            (timeline[-1].at, max([window.updated_at, *(each.updated_at for each in timeline)])),
            self._html(timeline) + Markup("<p><small>{}</small></p>").format(planned),
        )

    def _html(self, timeline: Iterable[TimelineEntry]) -> Markup:
        return Markup("").join(entry_html(each, self.locale, self.fixed_texts) for each in timeline)

    def _entry(
        self, id: str, path: str, title: Text, times: tuple[datetime, datetime], html: Markup
    ) -> FeedEntry:
        localized = localize(title, self.locale)
        published_at, updated_at = times
        return FeedEntry(
            # The id does not depend on the language and never changes.
            id=f"tag:{self.host},2005:Incident/{id}",
            url=self.home + path,
            title=isolate(localized.text, self.locale.language),
            language=localized.language if localized.foreign else None,
            published_at=published_at,
            updated_at=max(published_at, updated_at),
            html=html,
        )
