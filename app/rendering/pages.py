"""Renderers of the public pages: a page record and a language give the bytes of the HTML."""

from datetime import date, datetime
from gettext import NullTranslations
from urllib.parse import quote
from zoneinfo import ZoneInfo

from app.domain.page.pages import (
    HistoryPage,
    IncidentPage,
    LanguagesPage,
    MaintenancePage,
    NotFoundPage,
    OverviewPage,
    PageFacts,
    ServicePage,
)
from app.domain.page.report import ReportPage
from app.domain.page.subscribing import (
    EndedPage,
    LinkExpiredPage,
    RequestSentPage,
    SubscribePage,
    SubscriptionPage,
    UnsubscribePage,
    WebhookRequestedPage,
)
from app.i18n.catalogues.catalogs import translations
from app.i18n.language_list import list_languages
from app.i18n.languages import SOURCE, direction
from app.i18n.localization import Locale
from app.rendering.environment import public_environment
from app.rendering.filters.linked_data import Record

__all__ = [
    "as_of",
    "confirm_subscription",
    "ended",
    "history",
    "incident",
    "languages",
    "link_expired",
    "maintenance",
    "not_found",
    "overview",
    "report",
    "request_sent",
    "service",
    "subscribe",
    "subscription",
    "unavailable",
    "unreachable",
    "unsubscribe",
    "webhook_requested",
]

_Record = (
    Record
    | EndedPage
    | LanguagesPage
    | LinkExpiredPage
    | RequestSentPage
    | SubscribePage
    | SubscriptionPage
    | UnsubscribePage
    | WebhookRequestedPage
)
# The switcher folds more languages into a list with a search.
_MOST_LINKS = 6
# None stands for the catalogue of the published language; tests pass their own.
Catalogue = NullTranslations | None


def overview(record: OverviewPage, language: str, *, catalogue: Catalogue = None) -> bytes:
    """The first page."""
    return _render("overview", record, language, "/", catalogue)


def incident(record: IncidentPage, language: str, *, catalogue: Catalogue = None) -> bytes:
    """The page of one incident."""
    path = f"/incidents/{quote(record.incident.id, safe='')}"
    return _render("incident", record, language, path, catalogue)


def maintenance(record: MaintenancePage, language: str, *, catalogue: Catalogue = None) -> bytes:
    """The page of one maintenance window."""
    return _render("maintenance", record, language, record.maintenance.path, catalogue)


def service(record: ServicePage, language: str, *, catalogue: Catalogue = None) -> bytes:
    """The page of one service."""
    path = f"/services/{quote(record.service.slug, safe='')}"
    return _render("service", record, language, path, catalogue)


def history(record: HistoryPage, language: str, *, catalogue: Catalogue = None) -> bytes:
    """The page of one month."""
    return _render("history", record, language, month_path(record.month), catalogue)


def report(record: ReportPage, language: str, *, catalogue: Catalogue = None) -> bytes:
    """The report by month, of all services or of one."""
    of_service = f"/services/{quote(record.service, safe='')}" if record.service else ""
    return _render("report", record, language, f"{of_service}/report", catalogue)


def not_found(record: NotFoundPage, language: str, *, catalogue: Catalogue = None) -> bytes:
    """The 404 page; its language switcher links to the first page."""
    return _render("not_found", record, language, "/", catalogue)


def languages(record: LanguagesPage, language: str, *, catalogue: Catalogue = None) -> bytes:
    """The list of languages, or those that a search found."""
    return _render("languages", record, language, "/languages", catalogue)


def subscribe(record: SubscribePage, language: str, *, catalogue: Catalogue = None) -> bytes:
    """The subscribe form."""
    return _render("subscribe", record, language, f"/subscribe{record.query}", catalogue)


def request_sent(record: RequestSentPage, language: str, *, catalogue: Catalogue = None) -> bytes:
    """The answer to a request to subscribe."""
    return _render("subscribe_sent", record, language, "/subscribe/sent", catalogue)


def webhook_requested(
    record: WebhookRequestedPage, language: str, *, catalogue: Catalogue = None
) -> bytes:
    """The answer to a request to notify a webhook; its language switcher links to the form."""
    return _render("subscribe_webhook", record, language, "/subscribe", catalogue)


def confirm_subscription(
    record: SubscriptionPage, language: str, *, catalogue: Catalogue = None
) -> bytes:
    """The page of a link to confirm a subscription."""
    path = f"/subscribe/confirm/{record.link}"
    return _render("subscribe_confirm", record, language, path, catalogue)


def subscription(record: SubscriptionPage, language: str, *, catalogue: Catalogue = None) -> bytes:
    """The page of a link to manage a subscription."""
    return _render("subscription", record, language, f"/subscription/{record.link}", catalogue)


def unsubscribe(record: UnsubscribePage, language: str, *, catalogue: Catalogue = None) -> bytes:
    """The page of a link to unsubscribe; its language switcher links to the first page."""
    return _render("unsubscribe", record, language, "/", catalogue)


def ended(record: EndedPage, language: str, *, catalogue: Catalogue = None) -> bytes:
    """The answer to unsubscribing; its language switcher links to the first page."""
    return _render("unsubscribed", record, language, "/", catalogue)


def link_expired(record: LinkExpiredPage, language: str, *, catalogue: Catalogue = None) -> bytes:
    """The answer to a link that is not valid any more."""
    return _render("link_expired", record, language, "/", catalogue)


def unavailable(language: str, *, catalogue: Catalogue = None) -> bytes:
    """The 503 page, which needs no data about the page."""
    words = catalogue or translations(language)
    template = public_environment(words).get_template("public/unavailable.html")
    return template.render(language=language, direction=direction(language)).encode()


def unreachable(language: str, *, catalogue: Catalogue = None) -> bytes:
    """The page with which a proxy answers while no server of Fyr does; it needs no other file."""
    words = catalogue or translations(language)
    template = public_environment(words).get_template("public/unreachable.html")
    return template.render(language=language, direction=direction(language)).encode()


def as_of(page: PageFacts, at: datetime, language: str, *, catalogue: Catalogue = None) -> bytes:
    """The notice on a stale page: it shows the state of `at`."""
    locale = _locale(page, language, catalogue)
    template = public_environment(locale.catalogue).get_template("public/as_of.html")
    return template.render(locale=locale, page=page, at=at).encode()


def month_path(month: date) -> str:
    """URL path of a month's page, without a language prefix."""
    return f"/history/{month.year:04}-{month.month:02}"


def _locale(page: PageFacts, language: str, catalogue: Catalogue) -> Locale:
    return Locale.for_reader(
        language,
        page.languages,
        default=page.default_language,
        zone=ZoneInfo(page.time_zone),
        catalogue=catalogue,
    )


def _render(
    template: str, record: _Record, language: str, path: str, catalogue: Catalogue
) -> bytes:
    page = record.page
    locale = _locale(page, language, catalogue)
    html = (
        public_environment(locale.catalogue)
        .get_template(f"public/{template}.html")
        .render(
            record=record,
            page=page,
            locale=locale,
            language=language,
            direction=direction(locale.language),
            home=f"/{language}",
            path=path,
            switcher=list_languages(page.languages, SOURCE),
            most_links=_MOST_LINKS,
            month_path=month_path,
        )
    )
    return html.encode()
