"""Descriptions of the fields for options: what each means, its default, and its choices."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.domain.texts.phrases import N_
from app.payloads.mapping import DEFAULT_EXPRESSIONS
from app.ports.monitor import ConfigurableAdapter, ReportedState

__all__ = ["OptionField", "auth_option_fields", "option_fields"]

_STATE = N_("What this state of the monitor means.")
_HINTS: Mapping[str, str] = {
    "items": N_("The list of items with one alert each."),
    "ignore": N_("True for an item that is no alert."),
    "event_type": N_("The type of the request, from a field or a header."),
    "event_types": N_("The types that state alerts, one in a line. Empty: all types."),
    "idempotency_key": N_("An id that the monitor repeats when it sends a request again."),
    "dedup_key": N_("What tells alerts apart. Several expressions, one in a line, are joined."),
    "status": N_("The word for the state of the alert."),
    "firing_values": N_("Words that mean firing, one in a line or between commas."),
    "resolved_values": N_("Words that mean resolved, one in a line or between commas."),
    "other_values": N_("What all other words mean."),
    "title": N_("The title, for staff."),
    "severity": N_("The word for the severity."),
    "severity_values": N_("The sender's words, one in a line, such as P0 = critical."),
    "service": N_("The slug or an alias of a service."),
    "started_at": N_("When the alert began."),
    "ended_at": N_("When the alert ended."),
    "reported_at": N_("When the monitor made this report."),
    "url": N_("A link, for staff."),
    "description": N_("A description, for staff."),
    "labels": N_("An object of labels, for routes."),
    "resolves": N_("Whether the monitor reports the end: true, false or an expression."),
    "time_zone": N_("Time zone of times without an offset, such as Europe/Stockholm."),
    "json_fields": N_("Fields that contain JSON as text, one in a line or between commas."),
    "no_data": _STATE,
    "insufficient_data": _STATE,
}
_AUTH_HINTS: Mapping[str, str] = {
    "username": N_("For basic: the user name."),
    "header": N_("For header, hmac and grafana: the name of the header."),
    "parameter": N_("For query: the name of the parameter."),
    "field": N_("For body: the field with the secret, such as auth.token."),
    "algorithm": N_("For hmac: sha1, sha256, sha384 or sha512. Default: sha256."),
    "encoding": N_("For hmac: hex or base64. Default: hex."),
    "prefix": N_("For hmac: what stands before the signature, such as sha256=."),
    "signed": N_("For hmac: what is signed, such as {timestamp}.{body}. Default: {body}."),
    "timestamp_header": N_("For hmac and grafana: the header with the time that is signed."),
    "timestamp_prefix": N_("For hmac: what stands before the time in the header, such as t=."),
    "topics": N_("For sns: the ARNs of the topics, one in a line."),
}
_STATES = tuple(each.value for each in ReportedState)
_CHOICES = {"other_values": _STATES, "no_data": _STATES, "insufficient_data": _STATES}
_TALL = frozenset(
    {"dedup_key", "event_types", "firing_values", "json_fields", "resolved_values"}
    | {"severity_values", "topics"}
)


@dataclass(frozen=True, slots=True)
class OptionField:
    """Field of a form. `hint` is translated when it is shown; `default` is an expression."""

    name: str
    hint: str
    default: str
    choices: tuple[str, ...]
    rows: int


def option_fields(adapter: ConfigurableAdapter) -> tuple[OptionField, ...]:
    """Fields for the options of an adapter, in the order of its documentation."""
    defaults = DEFAULT_EXPRESSIONS if adapter.kind == "generic" else {}
    return tuple(_fields(adapter.option_names, _HINTS, defaults))


def auth_option_fields(names: Iterable[str]) -> tuple[OptionField, ...]:
    """Fields for the options of authentication methods."""
    return tuple(_fields(names, _AUTH_HINTS, {}))


def _fields(
    names: Iterable[str], hints: Mapping[str, str], defaults: Mapping[str, str]
) -> Iterable[OptionField]:
    for name in names:
        yield OptionField(
            name,
            hints.get(name, ""),
            defaults.get(name, ""),
            _CHOICES.get(name, ()),
            3 if name in _TALL else 1,
        )
