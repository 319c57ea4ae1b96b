"""States of subscribers and deliveries."""

from enum import StrEnum

__all__ = ["FINAL_STATES", "ConfirmedVia", "DeliveryState", "StopReason", "SubscriberState"]


class SubscriberState(StrEnum):
    """State of a subscriber. One who unsubscribes is deleted and has no state."""

    PENDING = "pending"
    ACTIVE = "active"
    STOPPED = "stopped"


class StopReason(StrEnum):
    """Why a subscriber is stopped."""

    BOUNCED = "bounced"
    COMPLAINED = "complained"
    GONE = "gone"
    FAILING = "failing"
    STAFF = "staff"


class ConfirmedVia(StrEnum):
    """How a subscription was confirmed."""

    LINK = "link"
    ENDPOINT = "endpoint"
    BROWSER = "browser"
    IMPORT = "import"
    STAFF = "staff"


class DeliveryState(StrEnum):
    """State of a delivery.

    `waiting` until a worker claims it, `sending` while that worker holds it. `superseded` by a
    newer delivery with the whole thread, `withdrawn` because its subject is hidden or its
    subscriber gone, `dead` after a permanent failure or when it has expired.
    """

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    DEAD = "dead"


# A delivery in one of these states never changes again; sending again makes a new delivery.
FINAL_STATES = frozenset(
    {
        DeliveryState.SENT,
        DeliveryState.SUPERSEDED,
        DeliveryState.WITHDRAWN,
        DeliveryState.DEAD,
    }
)
