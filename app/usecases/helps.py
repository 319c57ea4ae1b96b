"""Advice as it is kept: with the names of the clients that it is about, as they were then."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.domain.forecasts import Help
from app.domain.horizon import Advice
from app.trust.profiles import Profile
from app.usecases.clients import client_of, clients_from_json, clients_to_json

__all__ = ["help_from_json", "help_to_json"]


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
