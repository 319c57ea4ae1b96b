"""Mapping of payloads to alerts by configurable JMESPath expressions.

The language: https://jmespath.org/specification.html. The options: docs/monitors/generic.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from types import MappingProxyType
from typing import TypeAlias

import jmespath
from jmespath.exceptions import JMESPathError

from app.payloads import options as opt
from app.payloads.adapter import check_alert_count
from app.payloads.bodies import read_query
from app.payloads.sanitize import dedup_key
from app.payloads.state_words import is_test_word, read_severity, read_state
from app.payloads.strict_json import Json
from app.payloads.untrusted import MAX_DESCRIPTION, MISSING, UntrustedValue
from app.ports.monitor import (
    InboundEvent,
    MalformedPayloadError,
    MonitorAlert,
    MonitorSeverity,
    OptionProblem,
    ReportedState,
    UnsupportedPayloadError,
)

__all__ = ["DEFAULT_EXPRESSIONS", "MAPPING_OPTIONS", "check_mapping", "map_alerts"]

# Defaults for options that are not set: the field names that most senders use.
DEFAULT_EXPRESSIONS: Mapping[str, str] = MappingProxyType(
    {
        "items": "",
        "dedup_key": (
            "dedup_key || deduplication_key || dedupKey || deduplicationKey || incident_key"
            " || fingerprint || alias"
        ),
        "status": "status || state || event_action",
        "title": "title || summary || name || message || alertname",
        "severity": "severity || priority || level",
        "service": "service || component || app || labels.service",
        "started_at": "started_at || startsAt",
        "ended_at": "ended_at || endsAt",
        "said_at": "said_at || timestamp || time",
        "url": "url || link || source_url",
        "description": "description || details",
        "labels": "labels",
        "resolves": "",
    }
)

MAPPING_OPTIONS: Mapping[str, opt.OptionCheck] = MappingProxyType(
    {
        **dict.fromkeys(DEFAULT_EXPRESSIONS, opt.check_expression),
        "firing_values": opt.check_words,
        "resolved_values": opt.check_words,
        "other_values": opt.one_of(*ReportedState),
        "resolves": opt.check_bool_or_expression,
        "severity_values": opt.check_severity_map,
        "time_zone": opt.check_time_zone,
        "json_fields": opt.check_words,
    }
)

# Exceptions that jmespath.py raises on invalid input, in addition to its own.
_SEARCH_ERRORS = (
    JMESPathError,
    ValueError,
    TypeError,
    ArithmeticError,
    RecursionError,
    LookupError,
    AttributeError,
)

_Scope: TypeAlias = dict[str, Json]


def check_mapping(options: Mapping[str, object]) -> Mapping[str, OptionProblem]:
    """Return the validation errors of a mapping by option name, empty if it is valid."""
    return opt.find_problems(options, MAPPING_OPTIONS)


def map_alerts(
    document: UntrustedValue,
    event: InboundEvent,
    options: Mapping[str, object],
    defaults: Mapping[str, str] = MappingProxyType({}),
    *,
    skip_other_events: bool = False,
) -> Sequence[MonitorAlert]:
    """Map a document to alerts by the expressions in `options`, else by `defaults`.

    With `skip_other_events`, items with neither a dedup key nor a state are left out as events of
    another type. Raises MalformedPayloadError if an alert has no dedup key, or an expression or
    option is invalid; UnsupportedPayloadError if there is no alert.
    """
    mapping = _Mapping.of(options, defaults)
    document = _with_json_fields(document, opt.words(options, "json_fields", frozenset()))
    context = _context(document, event)
    items = check_alert_count(_items(document, mapping.expressions["items"], context))
    scopes = [_scope(item, context) for item in items]
    if skip_other_events:
        scopes = [scope for scope in scopes if mapping.is_alert(scope)]
    if not scopes:
        raise UnsupportedPayloadError("The payload states no alert.")
    return [mapping.alert(scope, event.received_at) for scope in scopes]


@dataclass(frozen=True, slots=True)
class _Mapping:
    expressions: Mapping[str, str]
    firing: frozenset[str]
    resolved: frozenset[str]
    otherwise: ReportedState
    severities: Mapping[str, MonitorSeverity]
    zone: tzinfo | None

    @classmethod
    def of(cls, options: Mapping[str, object], defaults: Mapping[str, str]) -> "_Mapping":
        usual = {**DEFAULT_EXPRESSIONS, **defaults}
        firing, resolved = opt.state_words(options)
        return cls(
            expressions={name: opt.expression(options, name, usual[name]) for name in usual},
            firing=firing,
            resolved=resolved,
            otherwise=ReportedState(
                opt.choice(options, "other_values", ReportedState.NEITHER, *ReportedState)
            ),
            severities=opt.severity_map(options, "severity_values"),
            zone=opt.zone(options, "time_zone", UTC),
        )

    def is_alert(self, scope: _Scope) -> bool:
        """Whether the item has a dedup key or a state."""
        word = self._optional("status", scope).text()
        return (
            bool(self._optional("dedup_key", scope).key())
            or self._state(word) is not ReportedState.NEITHER
        )

    def alert(self, scope: _Scope, received_at: datetime) -> MonitorAlert:
        key = dedup_key(self._required("dedup_key", scope).key())
        if not key:
            raise MalformedPayloadError(
                "The mapping finds no dedup key: say which field tells alerts apart."
            )
        reported = self._optional("said_at", scope).report_time(self.zone, received_at)
        return MonitorAlert(
            dedup_key=key,
            state=self._state(self._required("status", scope).text()),
            title=self._optional("title", scope).text() or key,
            severity=read_severity(self._optional("severity", scope).text(), known=self.severities),
            description=self._optional("description", scope).text(MAX_DESCRIPTION),
            labels=self._optional("labels", scope).labels(),
            service=self._optional("service", scope).text() or None,
            source_url=self._optional("url", scope).url(),
            started_at=self._optional("started_at", scope).instant(self.zone, received_at),
            ended_at=self._optional("ended_at", scope).instant(self.zone, received_at),
            reported_at=reported.at,
            reported_from=reported.earliest,
            resolves=self._resolves(scope),
        )

    def _state(self, word: str) -> ReportedState:
        state = read_state(word, firing=self.firing, resolved=self.resolved)
        is_other = state is ReportedState.NEITHER and not is_test_word(word)
        return self.otherwise if is_other else state

    def _resolves(self, scope: _Scope) -> bool:
        is_set = bool(self.expressions["resolves"])
        return not is_set or self._optional("resolves", scope).value not in (None, False)

    def _required(self, name: str, scope: _Scope) -> UntrustedValue:
        return _search(self.expressions[name], scope, name)

    def _optional(self, name: str, scope: _Scope) -> UntrustedValue:
        """Evaluate an optional field; an expression that fails gives MISSING."""
        if not self.expressions[name]:
            return MISSING
        try:
            return _search(self.expressions[name], scope, name)
        except MalformedPayloadError:
            return MISSING


def _items(document: UntrustedValue, expression: str, context: _Scope) -> Sequence[UntrustedValue]:
    """Items with one alert each: by `items`, else an array, `alerts`, or the document itself."""
    if expression:
        found = _search(expression, _scope(document, context), "items")
        return found.items() if found.is_array else [found] if found else ()
    for candidate in (document, document.at("alerts")):
        if candidate.is_array:
            return candidate.items()
    return [document]


def _context(document: UntrustedValue, event: InboundEvent) -> _Scope:
    """Variables that every expression can use in addition to the item."""
    return {
        "_root": document.value,
        "_query": read_query(event).value,
        "_headers": dict(event.headers),
        "_path": event.path,
        "_method": event.method,
    }


def _scope(item: UntrustedValue, context: _Scope) -> _Scope:
    """Variables of an item: its fields and the context; a non-object is `_value`."""
    own: _Scope = item.value if isinstance(item.value, dict) else {"_value": item.value}
    return {**own, **context}


def _search(expression: str, scope: _Scope, name: str) -> UntrustedValue:
    try:
        return UntrustedValue(jmespath.search(expression, scope))
    except _SEARCH_ERRORS as error:
        raise MalformedPayloadError(f"The expression of {name} fails on this payload.") from error


def _with_json_fields(document: UntrustedValue, names: frozenset[str]) -> UntrustedValue:
    """Parse JSON inside the named text fields, such as the Message of SNS."""
    if not names or not isinstance(document.value, dict):
        return document
    return UntrustedValue(
        {
            name: UntrustedValue(value).parsed().value if name.casefold() in names else value
            for name, value in document.value.items()
        }
    )
