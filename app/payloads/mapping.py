"""Mapping of payloads to alerts by configurable JMESPath expressions.

The options: docs/monitors/generic.md.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from types import MappingProxyType
from typing import TypeAlias

from app.payloads import options as opt
from app.payloads.adapter import check_alert_count
from app.payloads.bodies import body_text, read_mapped_body, read_query, require_whole_query
from app.payloads.budget import Budget, BudgetError
from app.payloads.expressions import ExpressionError, evaluate, header_names
from app.payloads.sanitize import clean, dedup_key
from app.payloads.state_words import is_severity_word, is_test_word, read_severity, read_state
from app.payloads.strict_json import Json
from app.payloads.time_reader import TimeReader
from app.payloads.untrusted import MAX_DESCRIPTION, MISSING, UntrustedValue, quote_value
from app.ports.monitor import (
    InboundEvent,
    MalformedPayloadError,
    MonitorAlert,
    MonitorSeverity,
    OptionProblem,
    PayloadError,
    ReportedState,
    UnsupportedPayloadError,
)

__all__ = [
    "DEFAULT_EXPRESSIONS",
    "MAPPING_OPTIONS",
    "check_mapping",
    "find_header_names",
    "is_test_event",
    "map_alerts",
    "read_mapped_key",
]

# Defaults for options that are not set: the field names that most senders use.
DEFAULT_EXPRESSIONS: Mapping[str, str] = MappingProxyType(
    {
        "items": "",
        "ignore": "",
        "event_type": "",
        "idempotency_key": "",
        "dedup_key": (
            "dedup_key || deduplication_key || dedupKey || deduplicationKey || dedupe_key"
            " || dedupeKey || incident_key || fingerprint || alias"
        ),
        "status": "status || state || event_action",
        "title": "title || summary || name || message || alertname",
        "severity": "severity || priority || level",
        "service": "service || component || app || labels.service",
        "started_at": "started_at || startsAt",
        "ended_at": "ended_at || endsAt",
        "reported_at": "reported_at || said_at || timestamp || time",
        "url": "url || link || source_url",
        "description": "description || details",
        "labels": "labels",
        "resolves": "",
    }
)

MAPPING_OPTIONS: Mapping[str, opt.OptionCheck] = MappingProxyType(
    {
        **dict.fromkeys(DEFAULT_EXPRESSIONS, opt.check_expression),
        "ignore": opt.check_condition,
        "event_types": opt.check_words,
        "dedup_key": opt.check_key,
        "firing_values": opt.check_words,
        "resolved_values": opt.check_words,
        "other_values": opt.one_of(*ReportedState),
        "resolves": opt.check_bool_or_expression,
        "severity_values": opt.check_severity_map,
        "time_zone": opt.check_time_zone,
        "json_fields": opt.check_words,
    }
)

_MAX_QUOTED = 60
_TIMES = ("reported_at", "started_at", "ended_at")
_MAX_NAMED_FIELDS = 12
_MAX_NAMED_WORDS = 8

_Scope: TypeAlias = dict[str, Json]


def check_mapping(options: Mapping[str, object]) -> Mapping[str, OptionProblem]:
    """Return the validation errors of a mapping by option name, empty if it is valid."""
    return opt.find_problems(options, MAPPING_OPTIONS)


def find_header_names(options: Mapping[str, object]) -> Set[str]:
    """Return the lower-case names of the headers that the expressions in `options` read."""
    current = opt.current_names(options)
    values = [current.get(name) for name in DEFAULT_EXPRESSIONS]
    parts = [part for each in values for part in (each if isinstance(each, list) else [each])]
    texts = [part for part in parts if isinstance(part, str)]
    return frozenset(header.lower() for text in texts for header in header_names(text))


def read_mapped_key(event: InboundEvent, options: Mapping[str, object]) -> str | None:
    """Read the idempotency key of a request by the expression of that name; None if it is not set.

    Raises MalformedPayloadError if the body cannot be read or the expression fails.
    """
    expression = opt.expression(opt.current_names(options), "idempotency_key", "")
    if not expression:
        return None
    document = read_mapped_body(event)
    found = _search(
        expression,
        _scope(document, _context(document, event, [expression])),
        "idempotency_key",
        Budget(),
    )
    return dedup_key(found.key()) or None


def is_test_event(event_type: str, options: Mapping[str, object]) -> bool:
    """Whether a type such as `alert.test` says that an event is a test.

    It does not if the options list it as a word for a state.
    """
    firing, resolved = opt.state_words(options)
    is_state = read_state(event_type, firing=firing, resolved=resolved) is not ReportedState.NEITHER
    return is_test_word(event_type) and not is_state


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
    options = opt.current_names(options)
    mapping = _Mapping.of(options, defaults)
    document = _with_json_fields(document, opt.words(options, "json_fields", frozenset()))
    context = _context(document, event, mapping.expressions.values())
    mapping.check_event_type(_scope(document, context))
    found = check_alert_count(_items(document, mapping, context))
    items = [_Item(mapping, _scope(item, context)) for item in found]
    if skip_other_events:
        items = [item for item in items if item.is_alert()]
    if not items:
        raise UnsupportedPayloadError("The payload states no alert.")
    wanted = [item for item in items if not item.is_ignored()]
    if not wanted:
        raise UnsupportedPayloadError("The option ignore leaves out every alert of the payload.")
    return [item.alert(event.received_at) for item in wanted]


@dataclass(frozen=True, slots=True)
class _Mapping:
    expressions: Mapping[str, str]
    event_types: frozenset[str]
    firing: frozenset[str]
    resolved: frozenset[str]
    has_own_words: bool
    otherwise: ReportedState
    severities: Mapping[str, MonitorSeverity]
    zone: tzinfo | None
    # One budget for all items: a payload has up to a thousand.
    budget: Budget = field(default_factory=Budget)

    @classmethod
    def of(cls, options: Mapping[str, object], defaults: Mapping[str, str]) -> "_Mapping":
        usual = {**DEFAULT_EXPRESSIONS, **defaults}
        firing, resolved = opt.state_words(options)
        return cls(
            expressions={name: opt.expression(options, name, usual[name]) for name in usual},
            event_types=opt.words(options, "event_types", frozenset()),
            firing=firing,
            resolved=resolved,
            has_own_words=bool(options.get("firing_values") or options.get("resolved_values")),
            otherwise=ReportedState(
                opt.choice(options, "other_values", ReportedState.NEITHER, *ReportedState)
            ),
            severities=opt.severity_map(options, "severity_values"),
            zone=opt.zone(options, "time_zone", UTC),
        )

    def check_event_type(self, scope: _Scope) -> None:
        """Raise UnsupportedPayloadError if events of this type state no alerts."""
        if not self.expressions["event_type"]:
            return
        found = self.search("event_type", scope)
        text = found.text()
        is_unwanted = opt.fold_word(text) not in self.event_types if self.event_types else False
        if is_unwanted or is_test_word(text):
            raise UnsupportedPayloadError(
                f"event_type is {quote_value(found)}, which "
                + (
                    f"is none of {_listed(self.event_types)}."
                    if self.event_types
                    else "says that this is a test."
                )
            )

    def search(self, name: str, scope: _Scope) -> UntrustedValue:
        """Evaluate the expression `name`. Raises MalformedPayloadError when it fails."""
        return _search(self.expressions[name], scope, name, self.budget)

    def state(self, word: str) -> ReportedState:
        state = read_state(word, firing=self.firing, resolved=self.resolved)
        is_other = state is ReportedState.NEITHER and not is_test_word(word)
        return self.otherwise if is_other else state

    def explain_state(self, found: UntrustedValue) -> str:
        """Say which word was found instead of one that means firing or resolved."""
        if is_test_word(found.text()):
            return f"status is {quote_value(found)}, which says that this is a test"
        if not found.text():
            return (
                f"status is {quote_value(found)}, found by {clean(self.expressions['status'], 100)}"
            )
        if not self.has_own_words:
            return (
                f"status is {quote_value(found)}, which is none of the usual words; "
                "set firing_values and resolved_values"
            )
        return (
            f"status is {quote_value(found)}, which is none of {_listed(self.firing)} (firing) and"
            f" {_listed(self.resolved)} (resolved)"
        )


@dataclass(frozen=True, slots=True)
class _Item:
    """One item of a payload; `notes` collects what could not be used of it."""

    mapping: _Mapping
    scope: _Scope
    notes: list[str] = field(default_factory=list)

    def is_alert(self) -> bool:
        """Whether the item has a dedup key or a state."""
        word = self._optional("status").text()
        found = bool(self._optional("dedup_key").value)
        del self.notes[:]
        return found or self.mapping.state(word) is not ReportedState.NEITHER

    def is_ignored(self) -> bool:
        return _is_true(self._optional("ignore"))

    def alert(self, received_at: datetime) -> MonitorAlert:
        key = self._key()
        word = self.mapping.search("status", self.scope)
        state = self.mapping.state(word.text())
        if state is ReportedState.NEITHER:
            self.notes.append(self.mapping.explain_state(word))
        times = TimeReader(
            received_at, self.mapping.zone, "; see time()", self.notes, has_own_zone=True
        )
        stated = UntrustedValue({name: self._optional(name).value for name in _TIMES})
        reported = times.report_time(stated, "reported_at")
        return MonitorAlert(
            dedup_key=key,
            state=state,
            title=self._optional("title").text() or key,
            severity=self._severity(state),
            description=self._optional("description").text(MAX_DESCRIPTION),
            labels=self._labels(),
            service=self._optional("service").text() or None,
            source_url=self._url(),
            started_at=times.instant(stated, "started_at"),
            ended_at=times.instant(stated, "ended_at"),
            reported_at=reported.at,
            reported_from=reported.earliest,
            resolves=self._resolves(),
            notes=tuple(self.notes),
        )

    def _key(self) -> str:
        found = self.mapping.search("dedup_key", self.scope)
        parts = found.items() if found.is_array else (found,)
        for number, part in enumerate(parts, 1):
            # An alert without one of the parts would be another alert.
            if found.is_array and not isinstance(part.value, str | int | float):
                raise MalformedPayloadError(
                    f"dedup_key is a list, and its part {number} is {quote_value(part)}. For items "
                    "without it, give another value, such as service || 'host'."
                )
        key = dedup_key(*(part.key() for part in parts))
        if not key:
            names = ", ".join(clean(name, _MAX_QUOTED) for name in self._field_names())
            raise MalformedPayloadError(
                "The mapping finds no dedup key: set dedup_key to what tells alerts apart. "
                f"dedup_key is {quote_value(found)}; the fields here are: {names or 'none'}."
            )
        return key

    def _field_names(self) -> Sequence[str]:
        own = [name for name in self.scope if name not in _CONTEXT_NAMES]
        return own[:_MAX_NAMED_FIELDS] + ["…"] * (len(own) > _MAX_NAMED_FIELDS)

    def _severity(self, state: ReportedState) -> MonitorSeverity:
        found = self._optional("severity")
        text = found.text()
        # At its end an alert may have a severity such as "clear".
        is_needed = state is ReportedState.FIRING
        if is_needed and text and not is_severity_word(text, self.mapping.severities):
            self.notes.append(
                f"severity is {quote_value(found)}, which is no word of severity_values"
            )
        return read_severity(text, known=self.mapping.severities)

    def _labels(self) -> dict[str, str]:
        found = self._optional("labels")
        if found and not found.is_object:
            self.notes.append(f"labels is {quote_value(found)}, not an object")
        return found.labels()

    def _url(self) -> str | None:
        found = self._optional("url")
        url = found.url()
        if found.text() and not url:
            self.notes.append(f"url is {quote_value(found)}, which is no http or https URL")
        return url

    def _resolves(self) -> bool:
        return not self.mapping.expressions["resolves"] or _is_true(self._optional("resolves"))

    def _optional(self, name: str) -> UntrustedValue:
        """Evaluate an optional field; an expression that fails gives MISSING and a note.

        Raises MalformedPayloadError when the budget of the payload is used up.
        """
        expression = self.mapping.expressions[name]
        if not expression:
            return MISSING
        try:
            return UntrustedValue(evaluate(expression, self.scope, self.mapping.budget))
        except BudgetError as error:
            raise _too_much(error) from error
        except ExpressionError as error:
            self.notes.append(f"{name} fails: {error}")
            return MISSING


def _is_true(value: UntrustedValue) -> bool:
    """Truth of JMESPath (false, null and everything empty is false), and of its words."""
    if isinstance(value.value, str):
        return value.value.strip().casefold() not in {"", "0", "false", "no", "null"}
    return value.value not in (None, False, 0, [], {})


def _listed(words: Set[str]) -> str:
    shown = [clean(word, _MAX_QUOTED) for word in sorted(words)]
    return ", ".join(shown[:_MAX_NAMED_WORDS] + ["…"] * (len(shown) > _MAX_NAMED_WORDS))


def _items(
    document: UntrustedValue, mapping: _Mapping, context: _Scope
) -> Sequence[UntrustedValue]:
    """Items with one alert each: by `items`, else an array, `alerts`, or the document itself."""
    if mapping.expressions["items"]:
        found = mapping.search("items", _scope(document, context))
        return found.items() if found.is_array else [found] if found else ()
    for candidate in (document, document.at("alerts")):
        if candidate.is_array:
            return candidate.items()
    return [document]


_CONTEXT_NAMES = frozenset({"_root", "_query", "_headers", "_path", "_method", "_text"})


def _context(document: UntrustedValue, event: InboundEvent, expressions: Iterable[str]) -> _Scope:
    """Variables that every expression can use in addition to the item.

    Headers have their lower-case names, and those that the expressions spell. Raises
    MalformedPayloadError if an expression reads a query in which a value is cut off.
    """
    expressions = tuple(expressions)
    if any("_query" in expression for expression in expressions):
        require_whole_query(event)
    spelled = {name for expression in expressions for name in header_names(expression)}
    headers = {name: event.headers.get(name.lower()) for name in spelled}
    return {
        "_root": document.value,
        "_query": read_query(event).value,
        "_headers": {**event.headers, **headers},
        "_path": event.path,
        "_method": event.method,
        "_text": _text(event),
    }


def _text(event: InboundEvent) -> str | None:
    try:
        return body_text(event)
    except PayloadError:
        return None


def _scope(item: UntrustedValue, context: _Scope) -> _Scope:
    """Variables of an item: its fields and the context; a non-object is `_value`."""
    own: _Scope = item.value if isinstance(item.value, dict) else {"_value": item.value}
    return {**own, **context}


def _too_much(error: BudgetError) -> MalformedPayloadError:
    return MalformedPayloadError(f"This payload needs too much work: {error}.")


def _search(expression: str, scope: _Scope, name: str, budget: Budget) -> UntrustedValue:
    try:
        return UntrustedValue(evaluate(expression, scope, budget))
    except BudgetError as error:
        raise _too_much(error) from error
    except ExpressionError as error:
        raise MalformedPayloadError(
            f"The expression of {name} fails on this payload: {error}"
        ) from error


def _with_json_fields(document: UntrustedValue, names: frozenset[str]) -> UntrustedValue:
    """Parse JSON inside the named text fields, such as the Message of SNS."""
    if not names or not isinstance(document.value, dict):
        return document
    return UntrustedValue(
        {
            name: UntrustedValue(value).parsed().value if opt.fold_word(name) in names else value
            for name, value in document.value.items()
        }
    )
