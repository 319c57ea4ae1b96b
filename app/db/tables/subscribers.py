"""Tables of subscribers, what they follow, and addresses that nothing is sent to."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field

from app.db.base import Row, instant, public_id

__all__ = [
    "ChannelRow",
    "RequestedMailRow",
    "SubscriberRow",
    "SubscriptionRequestRow",
    "SubscriptionRow",
    "SuppressionRow",
]


class SubscriberRow(Row, table=True):
    """A person or system that is notified. Unsubscribing deletes the row.

    `address` is what staff see: a mail address, or the host of a URL; `address_key` identifies it
    within its channel. `secrets` is encrypted JSON (usecases.encryption). `secret` signs the links
    of this subscriber. A room, created by staff, has a `name`. `incidents` and `maintenances` are
    levels; `minimum` is the smallest impact. With `whole_page` there are no subscriptions.
    `proof` says how an imported subscriber agreed, or which wording was confirmed. `troubles` has
    the days of recent failures.
    """

    __tablename__ = "subscriber"

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = public_id()
    channel: str = Field(sa_type=Text)
    address: str = Field(sa_type=Text)
    address_key: str = Field(sa_type=Text)
    options: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    secrets: str | None = Field(default=None, sa_type=Text)
    secret: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    language: str = Field(sa_type=Text)
    time_zone: str | None = Field(default=None, sa_type=Text)
    state: str = Field(sa_type=Text, index=True)
    stop_reason: str | None = Field(default=None, sa_type=Text)
    stopped_at: datetime | None = instant(nullable=True)
    is_room: bool
    name: str | None = Field(default=None, sa_type=Text)
    incidents: str = Field(sa_type=Text)
    maintenances: str = Field(sa_type=Text)
    minimum: str = Field(sa_type=Text)
    whole_page: bool
    created_at: datetime = instant(index=True)
    confirmed_at: datetime | None = instant(nullable=True)
    confirmed_via: str | None = Field(default=None, sa_type=Text)
    proof: str | None = Field(default=None, sa_type=Text)
    last_sent_at: datetime | None = instant(nullable=True)
    troubles: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))

    __table_args__ = (UniqueConstraint("channel", "address_key"),)


class SubscriptionRow(Row, table=True):
    """One thing that a subscriber follows: a service, an incident or a maintenance.

    `until` is when a subscription to one incident ends, 30 days after it is resolved.
    """

    __tablename__ = "subscription"

    id: int | None = Field(default=None, primary_key=True)
    subscriber_id: int = Field(foreign_key="subscriber.id", ondelete="CASCADE")
    kind: str = Field(sa_type=Text)
    target_id: int
    until: datetime | None = instant(nullable=True)

    __table_args__ = (UniqueConstraint("subscriber_id", "kind", "target_id"),)


class SuppressionRow(Row, table=True):
    """That nothing is sent to an address, which is stored as a keyed hash only."""

    __tablename__ = "suppression"

    id: int | None = Field(default=None, primary_key=True)
    mac: str = Field(sa_type=Text, unique=True)
    reason: str = Field(sa_type=Text)
    suppressed_at: datetime = instant()


class SubscriptionRequestRow(Row, table=True):
    """What a visitor sent by the subscribe form, until the worker acts on it.

    `address` and `wishes` are removed then. `place` is a keyed hash of the network address, and
    `provider` one of the provider's network; they are removed with the row after 24 hours.
    """

    __tablename__ = "subscription_request"

    id: int | None = Field(default=None, primary_key=True)
    channel: str = Field(sa_type=Text)
    address: str | None = Field(default=None, sa_type=Text)
    wishes: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    language: str = Field(sa_type=Text)
    place: str = Field(sa_type=Text, index=True)
    provider: str | None = Field(default=None, sa_type=Text)
    requested_at: datetime = instant(index=True)
    handled_at: datetime | None = instant(nullable=True, index=True)
    outcome: str | None = Field(default=None, sa_type=Text)


class RequestedMailRow(Row, table=True):
    """That a mail was sent because of a request, for the limits of each address.

    `mac` is a keyed hash of the address. The row is deleted after 30 days, or when the owner of the
    address confirms a subscription.
    """

    __tablename__ = "requested_mail"

    id: int | None = Field(default=None, primary_key=True)
    mac: str = Field(sa_type=Text, index=True)
    sent_at: datetime = instant(index=True)


class ChannelRow(Row, table=True):
    """Settings of one kind of channel. `secrets` is encrypted JSON.

    With `is_public`, visitors can subscribe through it.
    """

    __tablename__ = "channel"

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(sa_type=Text, unique=True)
    is_enabled: bool
    is_public: bool
    options: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    secrets: str | None = Field(default=None, sa_type=Text)
    changed_at: datetime = instant()
