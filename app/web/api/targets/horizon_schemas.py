from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from app.domain.certificates import forecast as records
from app.i18n.localization import Locale
from app.rendering.forecast_sentences import advice_text, forecast_text
from app.web.api.fields import ResponseSchema, Texts

__all__ = ["Forecast", "ForecastWarning"]

Kind = Literal["leaf", "intermediate", "cross_sign", "root", "programme"]


class ForecastClient(ResponseSchema):
    """A client profile, and the first instant at which it no longer connects."""

    profile: str
    label: Texts
    share: str | None
    tier: Literal["current", "legacy"]
    at: datetime | None

    @classmethod
    def of(cls, client: records.Client) -> "ForecastClient":
        return cls(
            profile=client.id,
            label=dict(client.label),
            share=client.share,
            tier=client.tier.value,
            at=client.at,
        )


class ForecastAdvice(ResponseSchema):
    """The best advice: the ids of the profiles gained and lost by it."""

    code: str
    text: Texts
    gained: list[str]
    lost: list[str]

    @classmethod
    def of(
        cls, advice: records.ForecastAdvice, host: str, locales: Sequence[Locale]
    ) -> "ForecastAdvice":
        return cls(
            code=advice.code,
            text={locale.language: advice_text(advice, host, locale) for locale in locales},
            gained=[client.id for client in advice.gained],
            lost=[client.id for client in advice.lost],
        )


class Forecast(ResponseSchema):
    """A future break of a target, and the clients that it concerns."""

    target: Annotated[str, Field(description="The target's id.")]
    host: str
    port: int
    at: datetime
    kind: Kind
    responsible: Literal["owner", "authority", "nobody"]
    reason: str
    subject: Annotated[str, Field(description="The name of the certificate that causes the break.")]
    blamed_certificate: Annotated[str | None, Field(description="Its SHA-256.")]
    clients: list[ForecastClient]
    advice: ForecastAdvice | None
    step: Annotated[
        int | None, Field(description="The number of the newest warning, starting at 1.")
    ]
    judged_at: datetime
    text: Texts

    @classmethod
    def of(cls, forecast: records.Forecast, locales: Sequence[Locale], now: datetime) -> "Forecast":
        advice = forecast.advice
        return cls(
            target=forecast.target,
            host=forecast.host,
            port=forecast.port,
            at=forecast.at,
            kind=forecast.kind.value,
            responsible=forecast.kind.responsible.value,
            reason=forecast.reason.value,
            subject=forecast.subject,
            blamed_certificate=forecast.blamed_certificate,
            clients=[ForecastClient.of(client) for client in forecast.clients],
            advice=None if advice is None else ForecastAdvice.of(advice, forecast.host, locales),
            step=forecast.step,
            judged_at=forecast.judged_at,
            text={locale.language: forecast_text(forecast, locale, now=now) for locale in locales},
        )


class ForecastWarning(ResponseSchema):
    """A warning that was sent to staff, with the forecast as it was then."""

    warned_at: datetime
    horizon: Forecast

    @classmethod
    def of(cls, warning: records.ForecastWarning, locales: Sequence[Locale]) -> "ForecastWarning":
        return cls(
            warned_at=warning.warned_at,
            horizon=Forecast.of(warning.forecast, locales, warning.warned_at),
        )
