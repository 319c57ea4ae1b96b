"""Client profiles as they are kept beside what was judged for them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from app.domain.certificates import Reason, Tier
from app.domain.forecasts import Client
from app.domain.localized import LocalizedText
from app.trust.profiles import Profile

__all__ = ["client_of", "clients_from_json", "clients_to_json"]


def client_of(profile: Profile, reason: Reason = Reason.OK, at: datetime | None = None) -> Client:
    """The profile as it is now."""
    label = LocalizedText.from_mapping(profile.label, default="en")
    return Client(profile.id, label, profile.tier, profile.share, reason, at)


def clients_to_json(clients: Iterable[Client]) -> list[dict[str, Any]]:
    """The JSON form of `clients`."""
    return [
        {
            "id": client.id,
            "label": dict(client.label),
            "tier": client.tier.value,
            "share": client.share,
            "reason": client.reason.value,
            "at": client.at.isoformat() if client.at else None,
        }
        for client in clients
    ]


def clients_from_json(stored: Iterable[Mapping[str, Any]]) -> tuple[Client, ...]:
    """The clients that `clients_to_json` made `stored` of."""
    return tuple(
        Client(
            each["id"],
            LocalizedText.from_mapping(each["label"], default="en"),
            Tier(each["tier"]),
            each["share"],
            Reason(each["reason"]),
            datetime.fromisoformat(each["at"]) if each["at"] else None,
        )
        for each in stored
    )
