"""What tells a repeated delivery from a new one."""

from app.payloads.texts import dedup_key
from app.ports.monitor import Delivery

__all__ = ["read_delivery_id"]


def read_delivery_id(delivery: Delivery) -> str | None:
    """The id that Standard Webhooks and RFC drafts repeat in each attempt; None without one.

    Other headers with such names (X-Webhook-Id) may name the subscription, and would make every
    delivery after the first one a repetition.
    """
    for name in ("webhook-id", "idempotency-key"):
        if found := delivery.headers.get(name):
            return dedup_key(found) or None
    return None
