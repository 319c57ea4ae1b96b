"""Stored JSON of client profiles, and of advice about them, beside what was judged for them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    TypeAdapter,
)

from app.domain.certificates.findings import Reason, Tier
from app.domain.certificates.forecast import Client, ForecastAdvice
from app.domain.certificates.horizon import Advice
from app.domain.texts.localized_text import LocalizedText

if TYPE_CHECKING:  # it imports all that judges certificates
    from app.trust.clients.profiles import Profile

__all__ = [
    "advice_from_json",
    "advice_to_json",
    "client_of",
    "clients_from_json",
    "clients_to_json",
]


def _label(value: LocalizedText | Mapping[str, str]) -> LocalizedText:
    if isinstance(value, LocalizedText):
        return value
    return LocalizedText.from_mapping(value, default="en")


class _StoredClient(BaseModel):
    """Stored form of `Client`: the label is an object of texts by language tag."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    label: Annotated[LocalizedText, PlainValidator(_label), PlainSerializer(dict)]
    tier: Tier
    share: str | None
    reason: Reason
    at: datetime | None

    def record(self) -> Client:
        return Client(**dict(self))


class _StoredAdvice(BaseModel):
    """Stored form of `ForecastAdvice`, also under the former names `saves` and `costs`."""

    code: str
    subject: str
    issuer: str
    gained: Annotated[
        tuple[_StoredClient, ...], Field(validation_alias=AliasChoices("gained", "saves"))
    ]
    lost: Annotated[
        tuple[_StoredClient, ...], Field(validation_alias=AliasChoices("lost", "costs"))
    ]


_CLIENTS = TypeAdapter(tuple[_StoredClient, ...])


def client_of(profile: "Profile", reason: Reason = Reason.OK, at: datetime | None = None) -> Client:
    """Return a copy of the profile as it is now, with the verdict of its clients."""
    label = LocalizedText.from_mapping(profile.label, default="en")
    return Client(profile.id, label, profile.tier, profile.share, reason, at)


def clients_to_json(clients: Iterable[Client]) -> list[dict[str, Any]]:
    """Encode clients for a JSON column."""
    return [_StoredClient.model_validate(client).model_dump(mode="json") for client in clients]


def clients_from_json(stored: Iterable[Mapping[str, Any]]) -> tuple[Client, ...]:
    """Decode clients from a JSON column."""
    return tuple(client.record() for client in _CLIENTS.validate_python(tuple(stored)))


def advice_to_json(advice: Advice, profiles: Mapping[str, "Profile"]) -> dict[str, Any]:
    """Encode advice for a JSON column; `profiles` are those that it was computed for."""

    def copies(ids: Iterable[str]) -> tuple[_StoredClient, ...]:
        return tuple(_StoredClient.model_validate(client_of(profiles[each])) for each in ids)

    return _StoredAdvice(
        code=advice.code,
        subject=advice.params.get("subject", ""),
        issuer=advice.params.get("issuer", ""),
        gained=copies(advice.gained),
        lost=copies(advice.lost),
    ).model_dump(mode="json")


def advice_from_json(stored: Mapping[str, Any]) -> ForecastAdvice:
    """Decode advice from a JSON column."""
    advice = _StoredAdvice.model_validate(stored)
    return ForecastAdvice(
        advice.code,
        advice.subject,
        advice.issuer,
        tuple(client.record() for client in advice.gained),
        tuple(client.record() for client in advice.lost),
    )
