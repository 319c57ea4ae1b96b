"""Fields of the forms about subscriptions: their values, and the choices that they are."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from app.domain.errors import InvalidError
from app.domain.notifications.events import IncidentLevel, MaintenanceLevel
from app.domain.notifications.subscribers.choices import Choices, Followed
from app.domain.page.subscribing import ChoiceValues
from app.domain.statuses import Impact
from app.domain.validation import is_public_id, is_slug
from app.web.requests.form_body import FormBody

__all__ = ["SubscriptionForm"]

_MAX_LENGTH = 300
_MAX_URL_LENGTH = 2_000

EnumT = TypeVar("EnumT", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class SubscriptionForm:
    """A submitted form; `body` has its fields in order."""

    body: FormBody

    def text(self, name: str) -> str:
        """The first value of a field, at most 301 characters; "" without one."""
        found = next((value for each, value in self.body.fields if each == name), "")
        return found[: _MAX_LENGTH + 1]

    @property
    def url(self) -> str:
        """The URL of a webhook, at most 2,001 characters; "" without one."""
        return next(iter(self._all("url")), "")[: _MAX_URL_LENGTH + 1]

    @property
    def is_trapped(self) -> bool:
        """Whether the field that people do not see was filled in."""
        return bool(self.text("homepage"))

    def values(self, language: str) -> ChoiceValues:
        """The values to show again. `language` is that of the page."""
        return ChoiceValues(
            channel=self.text("channel"),
            address=self.text("address"),
            url=self.url,
            format=self.text("format"),
            contact=self.text("contact"),
            scope=self._scope(),
            services=frozenset(filter(is_slug, self._all("services"))),
            incident=frozenset(filter(is_public_id, self._all("incident"))),
            maintenance=frozenset(filter(is_public_id, self._all("maintenance"))),
            incidents=self.text("incidents"),
            maintenances=self.text("maintenances"),
            minimum=self.text("minimum"),
            language=self.text("language") or language,
            time_zone=self.text("time_zone"),
        )

    def choices(self, language: str) -> Choices:
        """The choices that were submitted. Raises InvalidError."""
        incidents = _level(IncidentLevel, self.text("incidents") or IncidentLevel.ALL, "incidents")
        maintenances = _level(
            MaintenanceLevel,
            self.text("maintenances") or MaintenanceLevel.PLANNED,
            "maintenances",
        )
        if incidents is IncidentLevel.NONE and maintenances is MaintenanceLevel.NONE:
            raise InvalidError("Nothing would be sent.", code="nothing_wanted", field="incidents")
        return Choices(
            (self.text("language") or language).lower(),
            self._followed(),
            incidents,
            maintenances,
            _level(Impact, self.text("minimum") or Impact.NONE, "minimum"),
            self.text("time_zone") or None,
        )

    def _followed(self) -> Followed:
        if self._scope() == "page":
            return Followed()
        followed = Followed(
            _unique(self._all("services")),
            _unique(self._all("incident")),
            _unique(self._all("maintenance")),
        )
        if followed.is_whole_page:
            raise InvalidError("Nothing was chosen.", code="nothing_followed", field="services")
        return followed

    def _scope(self) -> str:
        """`page` or `chosen`; a form without this field names what it is about."""
        scope = self.text("scope")
        names = any(self._all(each) for each in ("services", "incident", "maintenance"))
        return scope or ("chosen" if names else "page")

    def _all(self, name: str) -> list[str]:
        return [value for each, value in self.body.fields if each == name and value]


def _unique(values: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _level(kind: type[EnumT], value: str, field: str) -> EnumT:
    try:
        return kind(value)
    except ValueError:
        raise InvalidError(
            "This value is not one of the choices.", code="unknown_choice", field=field
        ) from None
