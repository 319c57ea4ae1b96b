"""Client profiles as they are kept beside what was judged for them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from app.domain.certificates.findings import Reason, Tier
from app.domain.certificates.forecast import Client, Help
from app.domain.certificates.horizon import Advice
from app.domain.localized_text import LocalizedText
from app.trust.clients.profiles import Profile

__all__ = ["client_of", "clients_from_json", "clients_to_json", "help_from_json", "help_to_json"]


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


def help_to_json(advice: Advice, profiles: Mapping[str, Profile]) -> dict[str, Any]:
    """The JSON form of an advice that was worked out for these profiles."""

    def named(ids: Iterable[str]) -> list[dict[str, Any]]:
        return clients_to_json(client_of(profiles[each]) for each in ids)

    return {
        "code": advice.code,
        "subject": advice.params.get("subject", ""),
        "issuer": advice.params.get("issuer", ""),
        "saves": named(advice.saves),
        "costs": named(advice.costs),
    }


def help_from_json(stored: Mapping[str, Any]) -> Help:
    """The help that `help_to_json` made `stored` of."""
    return Help(
        stored["code"],
        stored["subject"],
        stored["issuer"],
        clients_from_json(stored["saves"]),
        clients_from_json(stored["costs"]),
    )
