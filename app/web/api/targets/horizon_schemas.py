from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from app.domain.certificates.forecast import Client, Forecast, ForecastWarning, Help
from app.i18n.localization import Locale
from app.rendering.forecast_sentences import tell_advice, tell_forecast
from app.web.api.fields import Answer, Texts

__all__ = ["Horizon", "HorizonWarning"]

Kind = Literal["leaf", "intermediate", "cross_sign", "root", "programme"]


class HorizonClient(Answer):
    """A client profile, and the first instant at which it no longer connects."""

    profile: str
    label: Texts
    share: str | None
    tier: Literal["current", "legacy"]
    at: datetime | None

    @classmethod
    def of(cls, client: Client) -> "HorizonClient":
        return cls(
            profile=client.id,
            label=dict(client.label),
            share=client.share,
            tier=client.tier.value,
            at=client.at,
        )


class HorizonAdvice(Answer):
    """What would help most: the ids of the profiles that it saves and of those that it costs."""

    code: str
    text: Texts
    saves: list[str]
    costs: list[str]

    @classmethod
    def of(cls, told: Help, host: str, voices: Sequence[Locale]) -> "HorizonAdvice":
        return cls(
            code=told.code,
            text={locale.language: tell_advice(told, host, locale) for locale in voices},
            saves=[client.id for client in told.saves],
            costs=[client.id for client in told.costs],
        )


class Horizon(Answer):
    """One thing that will end, and with it the trust of some clients in a target."""

    target: Annotated[str, Field(description="The target's id.")]
    host: str
    port: int
    at: datetime
    kind: Kind
    mender: Literal["owner", "authority", "nobody"]
    reason: str
    subject: Annotated[str, Field(description="The name of the certificate to blame.")]
    culprit: Annotated[str | None, Field(description="Its SHA-256.")]
    clients: list[HorizonClient]
    advice: HorizonAdvice | None
    step: Annotated[int | None, Field(description="The newest warning given of it, 1 the first.")]
    judged_at: datetime
    text: Texts

    @classmethod
    def of(cls, forecast: Forecast, voices: Sequence[Locale], now: datetime) -> "Horizon":
        advice = forecast.help
        return cls(
            target=forecast.target,
            host=forecast.host,
            port=forecast.port,
            at=forecast.at,
            kind=forecast.kind.value,
            mender=forecast.kind.mender.value,
            reason=forecast.reason.value,
            subject=forecast.subject,
            culprit=forecast.culprit,
            clients=[HorizonClient.of(client) for client in forecast.clients],
            advice=None if advice is None else HorizonAdvice.of(advice, forecast.host, voices),
            step=forecast.step,
            judged_at=forecast.judged_at,
            text={locale.language: tell_forecast(forecast, locale, now=now) for locale in voices},
        )


class HorizonWarning(Answer):
    """A warning that was given to staff, worded as it was then."""

    warned_at: datetime
    horizon: Horizon

    @classmethod
    def of(cls, warning: ForecastWarning, voices: Sequence[Locale]) -> "HorizonWarning":
        return cls(
            warned_at=warning.warned_at,
            horizon=Horizon.of(warning.forecast, voices, warning.warned_at),
        )
