"""The pages the tests look at, by name."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from app.domain.certificates.findings import (
    CertificateFacts,
    Finding,
    FindingKind,
    Level,
    Reason,
    Tier,
)
from app.domain.certificates.forecast import Client
from app.domain.certificates.incident_chains import ShownChain
from app.domain.page.pages import (
    HistoryPage,
    IncidentPage,
    LanguagesPage,
    NotFoundPage,
    OverviewPage,
    PageFacts,
    ServicePage,
)
from app.domain.records import DayOfIncidents, GroupRecord, IncidentRecord, PostmortemRecord
from app.domain.statuses import IncidentStatus, MaintenanceStatus
from app.domain.texts.phrases import Phrase, Phrased
from tests.rendering.records import (
    DEGRADED,
    MAINTENANCE,
    MAJOR,
    NOW,
    OK,
    PARTIAL,
    affected,
    days,
    facts,
    group,
    incident,
    overview,
    service,
    text,
    update,
)
from tests.rendering.windows import a_while_on, window

WEB = text("Website and apps", sv="Webbplats och appar", ar="الموقع والتطبيقات")
MONEY = text("Payments", sv="Betalningar", ar="المدفوعات")


def _calm_groups() -> tuple[GroupRecord, ...]:
    checkout = service("checkout", past=days({40: (PARTIAL, 5400), 41: (MAJOR, 80000)}))
    return (
        group(WEB, service("booking"), service("mobile-app", past=days({12: (DEGRADED, 0)}))),
        group(MONEY, checkout, service("card-terminals", past=days(unknown=60))),
    )


def all_fine() -> OverviewPage:
    """Nothing is wrong; some days in the past were not so good and some are not known."""
    return overview(*_calm_groups())


def harbour_incident() -> IncidentRecord:
    """Open, written by staff, three updates, one of them translated."""
    at = datetime(2021, 10, 4, 11, 30, tzinfo=UTC)
    names = {"checkout": text("Checkout"), "card-terminals": text("Card terminals")}
    return incident(
        text(
            "Card payments fail at some terminals",
            sv="Kortbetalningar misslyckas i vissa terminaler",
        ),
        update(
            IncidentStatus.MONITORING,
            text(
                "The provider has switched to its second line. **Payments go through again**; "
                "we keep watching.",
                sv="Leverantören har växlat till sin andra linje. **Betalningar går igenom igen**; "
                "vi fortsätter att övervaka.",
            ),
            at=at + timedelta(minutes=80),
            services=[affected("checkout", DEGRADED, PARTIAL, names["checkout"])],
        ),
        update(
            IncidentStatus.IDENTIFIED,
            text("A line to our card provider is down since {{2021-10-04T11:22Z}}."),
            at=at + timedelta(minutes=25),
            services=[affected("card-terminals", PARTIAL, None, names["card-terminals"])],
        ),
        update(
            IncidentStatus.INVESTIGATING,
            text("Some card payments are refused. We are looking into it."),
            at=at,
            services=[affected("checkout", PARTIAL, None, names["checkout"])],
        ),
    )


def one_incident() -> OverviewPage:
    """An incident at two services of four."""
    return overview(
        group(WEB, service("booking"), service("mobile-app")),
        group(
            MONEY,
            service("checkout", status=DEGRADED, past=days({0: (PARTIAL, 3000)})),
            service("card-terminals", status=PARTIAL, past=days({0: (PARTIAL, 3300)})),
        ),
        open_incidents=[harbour_incident()],
    )


def certificate_incident() -> IncidentRecord:
    """What a probe says by itself: phrases only."""
    at = datetime(2021, 9, 30, 14, 2, tzinfo=UTC)
    name = text("Payments API")
    return incident(
        Phrased.of(Phrase.of("title.certificate.some", services=(name,))),
        update(
            IncidentStatus.IDENTIFIED,
            Phrased.of(
                Phrase.of(
                    "why.expired",
                    subject="DST Root CA X3",
                    host="pay.example.org",
                    date=datetime(2021, 9, 30, 14, 1, 15, tzinfo=UTC),
                ),
                Phrase.of(
                    "who.some",
                    affected=(text("Older devices", sv="Äldre enheter", ar="أجهزة قديمة"),),
                    unaffected=(
                        text("Current browsers", sv="Aktuella webbläsare", ar="متصفحات حديثة"),
                    ),
                ),
            ),
            at=at,
            services=[affected("payments-api", PARTIAL, None, name)],
            automatic=True,
        ),
        id="certificate1",
    )


def certificate_overview() -> OverviewPage:
    api = service(
        "payments-api", text("Payments API"), status=PARTIAL, past=days({0: (PARTIAL, 400)})
    )
    return overview(group(None, api, service("website")), open_incidents=[certificate_incident()])


def under_maintenance() -> OverviewPage:
    return overview(
        group(
            WEB,
            service("booking", status=MAINTENANCE, past=days({0: (MAINTENANCE, 0)})),
            service("mobile-app"),
        ),
        maintenances=[window(MaintenanceStatus.IN_PROGRESS)],
    )


_SEED = Path(__file__).parent / "seed"


def _seed(name: str) -> str:
    return (_SEED / f"{name}.md").read_text(encoding="utf-8")


def seed_incident() -> IncidentRecord:
    """The document of 2021-09-30 that the page must be able to tell."""
    at = datetime(2021, 9, 30, 15, 40, tzinfo=UTC)
    names = [text("netPark web access"), text("Self Park locations"), text("Card terminals")]
    slugs = ["web-access", "self-park", "card-terminals"]
    broken = [
        affected(slug, status, None, name)
        for slug, name, status in zip(slugs, names, [PARTIAL, MAJOR, PARTIAL], strict=True)
    ]
    mended = [affected(each.slug, OK, each.status, each.name) for each in broken]
    end = at + timedelta(hours=9, minutes=12)
    return incident(
        text("netPark Certificate Outage"),
        update(
            IncidentStatus.RESOLVED,
            text(_seed("resolved")),
            at=end,
            services=mended,
            id="seedresolved",
        ),
        update(
            IncidentStatus.IDENTIFIED,
            text(_seed("identified")),
            at=at,
            services=broken,
            id="seedassessed",
        ),
        id="netpark00001",
        postmortem=PostmortemRecord(text(_seed("postmortem")), end + timedelta(hours=18), None),
    )


def incident_page(record: IncidentRecord, page: PageFacts | None = None) -> IncidentPage:
    return IncidentPage(page or facts(), record)


def chain_page() -> IncidentPage:
    """An incident with the certificates that it was about, as they failed and as it was mended."""
    root = CertificateFacts(
        "3a" * 32, "CN=Old Root", "CN=Old Root", not_before=NOW - timedelta(days=900), not_after=NOW
    )
    leaf = CertificateFacts(
        "1e" * 32,
        "CN=pay.example",
        "CN=Old Root",
        not_before=NOW - timedelta(days=9),
        not_after=NOW + timedelta(days=81),
    )
    root, leaf = replace(root, name="Old Root"), replace(leaf, name="pay.example")
    old = Client("old", text("Old tills"), Tier.LEGACY, "7 %", Reason.EXPIRED, NOW)
    gone = Finding(
        "change.cross_sign_gone", Level.INFO, FindingKind.INFO, {"subject": "Old Root"}, ""
    )
    chains = (
        ShownChain("failing", "pay.example", NOW, NOW, (leaf,), root, (old,)),
        ShownChain(
            "mended",
            "pay.example",
            NOW,
            NOW,
            (leaf,),
            None,
            (replace(old, reason=Reason.OK),),
            (gone,),
        ),
    )
    return IncidentPage(facts(), certificate_incident(), chains)


def service_page() -> ServicePage:
    return ServicePage(
        page=facts(),
        service=service(
            "checkout",
            past=days({40: (PARTIAL, 5400), 41: (MAJOR, 80000), 3: (DEGRADED, 0)}, unknown=20),
            description=text("Paying in the shop and at the quay."),
        ),
        group=MONEY,
        incidents=(seed_incident(),),
        maintenances=(window(),),
    )


def history_page() -> HistoryPage:
    record = seed_incident()
    return HistoryPage(
        page=facts(),
        month=date(2021, 9, 1),
        days=(DayOfIncidents(date(2021, 9, 30), (record,)),),
        earlier=date(2021, 5, 1),
        later=date(2021, 10, 1),
        span=(date(2020, 12, 1), date(2021, 10, 1)),
        maintenances=(a_while_on(window(), -timedelta(days=6), MaintenanceStatus.COMPLETED),),
    )


def languages_page(**changed: str) -> LanguagesPage:
    return LanguagesPage(facts(), **changed)


def not_found_page() -> NotFoundPage:
    return NotFoundPage(facts())


_HOSTILE = (
    "<script>alert(1)</script> \u202egnp.exe ![x](https://evil.example/x.png) "
    "[go](javascript:alert(1)) "
    '{{7*7}} {% raw %} <img src=x onerror=alert(1)> "><b>\x00\x07'
)


def hostile() -> OverviewPage:
    """Every text tries to get out of its place."""
    bad = text(_HOSTILE)
    step = update(
        IncidentStatus.INVESTIGATING, bad, at=NOW, services=[affected("x", MAJOR, None, bad)]
    )
    broken = service("x", bad, status=MAJOR, description=bad)
    return overview(group(bad, broken), open_incidents=[incident(bad, step)], page=facts(name=bad))
