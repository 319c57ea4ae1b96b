"""A known subscriber who asks again: the mail says what it has, and offers the rest."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from app.db.tables import NoticeRow
from app.domain.notifications.events import NoticeEvent
from app.domain.notifications.subscribers.choices import Choices, Followed
from app.domain.notifications.subscribers.link_tokens import LinkPurpose
from app.domain.statuses import ServiceStatus
from app.ports.channel import Message
from app.usecases.outbox.messages import facts_of
from app.worker.sending.messages import render
from tests.cast import BASE_URL, Installation
from tests.factories import make_incident, make_maintenance, make_service, update
from tests.subscribing import Subscribing
from tests.web.public.submitting import installation_of, read

HOUR = timedelta(hours=1)


def known_mail(own: Subscribing, language: str = "en") -> Message:
    """The mail of the last request, in a language."""
    with own.backend.reading() as ctx:
        notice = ctx.session.exec(
            select(NoticeRow)
            .where(NoticeRow.event == NoticeEvent.SUBSCRIPTION_KNOWN.value)
            .order_by(col(NoticeRow.id).desc())
        ).first()
        assert notice is not None
        facts = facts_of(ctx, notice.id or 0, BASE_URL)
    assert facts is not None
    return render(facts, language, "UTC")


def subjects(installation: Installation) -> dict[str, str]:
    """An incident and a maintenance of `payments`, and an incident of nothing."""
    with installation.writing() as ctx:
        make_service(ctx, "payments", name="Payments")
        make_service(ctx, "mail", name="Mail")
        outage = update(services={"payments": ServiceStatus.MAJOR_OUTAGE})
        return {
            "outage": make_incident(ctx, outage, title="Cards are refused").incident.id,
            "other": make_incident(ctx, title="Phones are slow").incident.id,
            "window": make_maintenance(ctx, "mail", title="New disks").id,
        }


def ask(own: Subscribing, followed: Followed) -> None:
    own.backend.clock.now += HOUR
    own.request(choices=Choices("en", followed))
    own.handle()


def test_who_has_everything_is_told_what_it_is_and_nothing_is_offered(own: Subscribing) -> None:
    found = subjects(installation_of(own))
    own.subscribe()
    ask(own, Followed(incidents=(found["outage"],)))
    mail = known_mail(own)
    for part in (mail.text, mail.html):
        assert "Everything on this page" in part
        assert "Every update" in part
        assert "not part of the subscription" not in part
    assert "vera" not in mail.text
    assert "\ue000\n" in mail.text


def test_what_is_missing_is_named_and_the_link_offers_it(own: Subscribing) -> None:
    installation = installation_of(own)
    found = subjects(installation)
    own.subscribe(choices=Choices("en", Followed(services=("payments",))))
    ask(own, Followed(incidents=(found["other"], found["outage"])))
    mail = known_mail(own)
    assert "Phones are slow" in mail.text
    assert "Cards are refused" not in mail.text, "it is part of the service"
    query = f"?incident={found['other']}"
    assert f"\ue000{query}" in mail.text
    assert f'href="\ue000{query}"' in mail.html
    manage = f"/en/subscription/{own.link(LinkPurpose.MANAGE)}"
    page = read(installation.vera.get(manage + query))
    assert "Phones are slow" in page.xpath("string(//*[@id='offered'])")
    chosen = page.xpath("//input[@checked]/@value")
    assert {"payments", found["other"]} <= set(chosen)
    form = {
        "action": "save",
        "scope": "chosen",
        "services": "payments",
        "incident": found["other"],
        "language": "en",
    }
    assert installation.vera.post(manage, data=form).status_code == 303
    after = read(installation.vera.get(manage + query))
    assert not after.xpath("//*[@id='offered']")


@pytest.mark.parametrize(
    ("query", "offered"),
    [
        ("?scope=page", "everything on this page"),
        ("?service=mail", "Mail"),
        ("?maintenance={window}", "New disks"),
        ("?service=payments", ""),
        ("?service=nothing&incident=x&maintenance=000000000000", ""),
        ("?incident=", ""),
    ],
)
def test_the_page_of_a_subscription_offers_what_its_query_names(
    own: Subscribing, query: str, offered: str
) -> None:
    installation = installation_of(own)
    found = subjects(installation)
    own.subscribe(choices=Choices("en", Followed(services=("payments",))))
    manage = f"/en/subscription/{own.link(LinkPurpose.MANAGE)}{query.format(**found)}"
    page = read(installation.vera.get(manage))
    shown = page.xpath("string(//*[@id='offered'])")
    assert bool(shown) == bool(offered)
    assert offered in shown


def test_a_request_for_everything_is_offered_to_who_follows_a_part(own: Subscribing) -> None:
    subjects(installation_of(own))
    own.subscribe(choices=Choices("sv", Followed(services=("payments",))))
    ask(own, Followed())
    assert "\ue000?scope=page" in known_mail(own, "sv").text
    assert "\ue000?scope=page" in known_mail(own, "ar").html


def test_an_incident_that_was_hidden_since_is_not_named(own: Subscribing) -> None:
    installation = installation_of(own)
    found = subjects(installation)
    own.subscribe(choices=Choices("en", Followed(services=("payments",))))
    ask(own, Followed(incidents=(found["other"],)))
    installation.ada.delete(f"/api/v1/incidents/{found['other']}")
    mail = known_mail(own)
    deleted = installation.vera.get(f"/en/incidents/{found['other']}").status_code == 404
    assert deleted == ("Phones are slow" not in mail.text)
