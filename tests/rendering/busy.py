"""The pages of a very bad day and of many services: what budgets of sizes are measured with."""

from datetime import timedelta

from app.domain.page.pages import OverviewPage
from app.domain.records import DayOfIncidents, IncidentRecord
from app.domain.statuses import IncidentStatus
from tests.rendering.records import (
    DEGRADED,
    MAJOR,
    NOW,
    OK,
    PARTIAL,
    affected,
    days,
    group,
    incident,
    overview,
    quiet_days,
    service,
    text,
    update,
)


def busy() -> OverviewPage:
    """30 services and 10 open incidents, for the first view's budget."""
    statuses = [OK] * 20 + [DEGRADED] * 4 + [PARTIAL] * 5 + [MAJOR]
    services = [
        service(
            f"service-{number}",
            text(f"{_NOUNS[number % 10]} {number}"),
            status=status,
            past=days(
                {number + 3: (PARTIAL, 700 * number), number * 2: (DEGRADED, 0), 0: (status, 1800)},
                unknown=number,
            ),
        )
        for number, status in enumerate(statuses)
    ]
    incidents = [
        incident(
            text(f"{_NOUNS[number]} answers slowly in region {number}"),
            *(
                update(
                    status,
                    text(
                        f"{_SENTENCES[(number + step) % 10]} {_SENTENCES[(number * 3 + step) % 10]}"
                    ),
                    at=NOW - timedelta(minutes=30 * step + 7 * number),
                    services=[
                        affected(each.slug, each.status, None, each.name)
                        for each in services[20 + number % 9 : 22 + number % 9]
                    ],
                    id=f"{number}{step}{'kq3mzx8r1w'[number]}7f2c9d",
                )
                for step, status in enumerate(
                    (IncidentStatus.IDENTIFIED, IncidentStatus.INVESTIGATING)
                )
            ),
            id=f"inc{number}w8zq{'kq3mzx8r1w'[number]}x1a",
        )
        for number in range(10)
    ]
    groups = (
        group(text(name), *services[start : start + 10])
        for name, start in (("Website", 0), ("Platform", 10), ("Regions", 20))
    )
    return overview(*groups, open_incidents=incidents)


def large() -> OverviewPage:
    """200 services that had two outages each, with 10 open incidents and 14 of the last days."""
    services = [
        service(
            f"service-{number}",
            text(f"Payments {number}", de=f"Zahlungen {number}", ar=f"المدفوعات {number}"),
            past=days(
                {number * 7 % 89: (MAJOR, 3600), (number * 7 + 31) % 89: (PARTIAL, 7200)},
                unknown=number % 4,
            ),
        )
        for number in range(200)
    ]
    recent = (
        DayOfIncidents(
            NOW.date() - timedelta(days=back), tuple(_past(back, slug) for slug in ("a", "b"))
        )
        for back in range(7)
    )
    return overview(
        group(None, *services),
        open_incidents=busy().open_incidents,
        recent=quiet_days(7, *recent),
    )


def _past(back: int, slug: str) -> IncidentRecord:
    title = text(
        "Payments fail in one region",
        de="Zahlungen schlagen in einer Region fehl",
        ar="فشل المدفوعات في منطقة واحدة",
    )
    began = NOW - timedelta(days=back, hours=3)
    over = update(IncidentStatus.RESOLVED, title, at=began + timedelta(hours=1))
    first = update(
        IncidentStatus.INVESTIGATING, title, at=began, services=[affected(f"service-{slug}", MAJOR)]
    )
    return incident(title, over, first, id=f"past{back:07}{slug}")


_NOUNS = (
    "Checkout",
    "Search",
    "Login",
    "Mail",
    "Storage",
    "Queue",
    "Reports",
    "Exports",
    "Images",
    "Webhooks",
)
_SENTENCES = (
    "Requests take longer than usual.",
    "We have found a full disk on one of the database servers and are making room.",
    "A network provider drops packets between two of our data centres.",
    "About one in twenty requests fails; trying again helps.",
    "The team that runs this part is at work on it.",
    "Traffic now goes around the faulty part.",
    "We expect to know more within half an hour.",
    "Data is safe; only reading is slow.",
    "A change of this morning is being taken back.",
    "Customers in other regions are not affected.",
)
