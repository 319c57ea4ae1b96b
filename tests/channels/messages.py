"""A message and recipients that the tests of all channels send."""

from app.domain.notifications.events import NoticeEvent
from app.ports.channel import Card, Message, Recipient

__all__ = ["KEY", "SECRETS", "UPDATE", "make_message", "recipient"]

KEY = "dlvry0000001"
UPDATE = "We are looking into failed payments."
SECRETS = {
    "url": "https://hooks.example.net/services/T0SECRET99/B0SECRET88",
    "token": "123456:ABC-secret-token",
    "key": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
}
_OPTIONS = {
    "chat": "-100200300",
    "topic": "status",
    "server": "https://push.example.net",
    "channel": "C012345",
    "account": "AC123",
    "number": "+46701234567",
    "sender": "+46709999999",
}


def make_message(
    body: str = UPDATE,
    *,
    headline: str = "Identified: Card payments fail",
    note: str = "",
    tone: str = "critical",
) -> Message:
    """The message of an update about an incident."""
    card = Card(
        headline=headline,
        body=body,
        url="https://status.example.net/en/incidents/abcdefghij12",
        link_text="Follow this incident",
        page_name="Example",
        tone=tone,
        note=note,
        facts=(("Affected services", "Card payments: major outage"),),
        fact_lines=("Affected services: Card payments: major outage",),
    )
    update = {"status": "identified", "body": {"text": body, "language": "en", "outdated": False}}
    return Message(
        notice_id="notice000001",
        event=NoticeEvent.INCIDENT_UPDATED,
        thread="incident:abcdefghij12",
        language="en",
        is_right_to_left=False,
        title=headline,
        text=body,
        html=body,
        card=card,
        made_at="2026-11-30T10:00:00+00:00",
        document={
            "type": "incident.updated",
            "version": "1",
            "timestamp": "2026-11-30T10:00:00.000Z",
            "data": {"incident": {"id": "abcdefghij12", "update": update}},
        },
        statuspage={
            "meta": {"generated_at": "2026-11-30T10:00:00.000Z"},
            "incident": {"name": body},
        },
    )


def recipient(**secrets: str) -> Recipient:
    """A subscriber of any channel, with these secrets or with all of `SECRETS`."""
    return Recipient(
        subscriber_id="subscriber12",
        address="hooks.example.net",
        language="en",
        options=_OPTIONS,
        secrets=secrets or SECRETS,
        links={
            "manage": "https://status.example.net/en/subscription/t",
            "unsubscribe": "https://status.example.net/unsubscribe/t",
        },
    )
