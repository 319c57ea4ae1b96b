"""Options of a source: validated when set, read when an event is parsed."""

from collections.abc import Callable, Collection, Mapping
from datetime import tzinfo
from difflib import get_close_matches
from types import MappingProxyType
from typing import TypeAlias

from app.domain.texts.names import fold_name
from app.payloads.expressions import find_fault
from app.payloads.state_words import FIRING_WORDS, RESOLVED_WORDS, SEVERITY_WORDS
from app.payloads.times import find_zone
from app.payloads.untrusted import UntrustedValue
from app.ports.monitor import MalformedPayloadError, MonitorSeverity, OptionProblem

__all__ = [
    "OptionCheck",
    "check_bool_or_expression",
    "check_condition",
    "check_expression",
    "check_key",
    "check_severity_map",
    "check_time_zone",
    "check_words",
    "choice",
    "current_names",
    "expression",
    "find_problems",
    "fold_word",
    "one_of",
    "severity_map",
    "state_words",
    "words",
    "zone",
]

OptionCheck: TypeAlias = Callable[[object], OptionProblem | None]

_MAX_EXPRESSION = 2000
_MAX_PARTS = 10
_BOOLEAN_WORDS = frozenset({"true", "false"})
# Former name -> name. Sources that were saved under a former name work without a change.
_RENAMED: Mapping[str, str] = MappingProxyType(
    {"delivery_id": "idempotency_key", "said_at": "reported_at"}
)


def current_names(options: Mapping[str, object]) -> Mapping[str, object]:
    """Return the options with former names replaced; an option under its present name wins."""
    if options.keys().isdisjoint(_RENAMED):
        return options
    renamed = {name: options[former] for former, name in _RENAMED.items() if former in options}
    present = {name: value for name, value in options.items() if name not in _RENAMED}
    return {**renamed, **present}


def find_problems(
    options: Mapping[str, object], known: Mapping[str, OptionCheck]
) -> Mapping[str, OptionProblem]:
    """Return the validation errors by option name; None and empty text mean "not set"."""
    found: dict[str, OptionProblem] = {}
    for name, value in current_names(options).items():
        if name not in known:
            found[name] = OptionProblem("unknown_option", _explain_unknown(name, known))
        elif value is not None and value != "" and (problem := known[name](value)):
            found[name] = problem
    return MappingProxyType(found)


def _explain_unknown(name: str, known: Collection[str]) -> str:
    if not known:
        return "This kind of source has no options."
    near = get_close_matches(name.casefold(), known, n=1)
    names = f"did you mean {near[0]}?" if near else f"the options are {', '.join(known)}."
    return f"This kind of source has no such option; {names}"


def check_expression(value: object) -> OptionProblem | None:
    if not isinstance(value, str) or len(value) > _MAX_EXPRESSION:
        return OptionProblem("not_text", "This must be a JMESPath expression, written as text.")
    if reason := find_fault(value):
        return OptionProblem("bad_expression", f"This is no JMESPath expression: {reason}.")
    return None


def check_key(value: object) -> OptionProblem | None:
    """Check an expression, or a list of expressions whose values are joined."""
    if not isinstance(value, list | tuple):
        return check_expression(value)
    if not 0 < len(value) <= _MAX_PARTS:
        return OptionProblem("not_a_list", f"This must be a list of 1 to {_MAX_PARTS} expressions.")
    return next((problem for part in value if (problem := check_expression(part))), None)


def check_condition(value: object) -> OptionProblem | None:
    """Check an expression that is true or false. A constant is most likely meant otherwise."""
    if isinstance(value, str) and value.strip().strip("`'\"").casefold() in _BOOLEAN_WORDS:
        return OptionProblem("constant", "This must be an expression, such as type == 'info'.")
    return check_expression(value)


def check_words(value: object) -> OptionProblem | None:
    elements = value if isinstance(value, list | tuple) else ()
    if elements and all(UntrustedValue(element).text() for element in elements):
        return None
    return OptionProblem("not_words", 'This must be a list of words, such as ["down", "1"].')


def check_severity_map(value: object) -> OptionProblem | None:
    if not isinstance(value, Mapping):
        return OptionProblem("not_a_map", "This must map the sender's words to severities.")
    allowed = ", ".join(MonitorSeverity)
    if all(
        isinstance(name, str) and named in set(MonitorSeverity) for name, named in _pairs(value)
    ):
        return None
    return OptionProblem("unknown_severity", f"Each word must map to one of: {allowed}.")


def check_bool_or_expression(value: object) -> OptionProblem | None:
    if isinstance(value, bool):
        return None
    # As an expression, the text "false" is the value of a field with this name.
    if isinstance(value, str) and value.strip().strip("'\"").casefold() in _BOOLEAN_WORDS:
        return OptionProblem("text_boolean", "Write true or false without quotes.")
    return check_expression(value)


def check_time_zone(value: object) -> OptionProblem | None:
    if isinstance(value, str) and find_zone(value):
        return None
    return OptionProblem("unknown_zone", "This is no time zone, such as Europe/Stockholm.")


def one_of(*allowed: str) -> OptionCheck:
    """Make a check that accepts only these texts."""

    def check(value: object) -> OptionProblem | None:
        if value in allowed:
            return None
        return OptionProblem("unknown_choice", f"This must be one of: {', '.join(allowed)}.")

    return check


def expression(options: Mapping[str, object], name: str, default: str) -> str:
    """Read a JMESPath expression; true and false become literals, a list an expression of it."""
    value = options.get(name)
    if value is None or value == "":
        return default
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, list | tuple):
        _require(check_key(value), name)
        return f"[{', '.join(f'({part})' for part in value)}]"
    _require(check_expression(value), name)
    return str(value)


def fold_word(word: str) -> str:
    """Fold a word for the comparison with configured ones, which are folded by `words`."""
    return fold_name(word)


def words(options: Mapping[str, object], name: str, default: frozenset[str]) -> frozenset[str]:
    """Read a list of words, folded by `fold_name`."""
    value = options.get(name)
    if value is None or value == "":
        return default
    _require(check_words(value), name)
    elements = value if isinstance(value, list | tuple) else ()
    return frozenset(fold_name(UntrustedValue(element).text()) for element in elements)


def state_words(options: Mapping[str, object]) -> tuple[frozenset[str], frozenset[str]]:
    """Read the words for firing and resolved; a configured word loses its default meaning."""
    firing = words(options, "firing_values", frozenset())
    resolved = words(options, "resolved_values", frozenset())
    return firing or FIRING_WORDS - resolved, resolved or RESOLVED_WORDS - firing


def severity_map(options: Mapping[str, object], name: str) -> Mapping[str, MonitorSeverity]:
    """Read the severity words; configured ones override the defaults."""
    value = options.get(name)
    if value is None or value == "":
        return SEVERITY_WORDS
    _require(check_severity_map(value), name)
    own = {fold_name(str(word)): MonitorSeverity(str(named)) for word, named in _pairs(value)}
    return {**SEVERITY_WORDS, **own}


def choice(options: Mapping[str, object], name: str, default: str, *allowed: str) -> str:
    value = options.get(name)
    if value is None or value == "":
        return default
    _require(one_of(*allowed)(value), name)
    return str(value)


def zone(options: Mapping[str, object], name: str, default: tzinfo | None) -> tzinfo | None:
    value = options.get(name)
    if value is None or value == "":
        return default
    _require(check_time_zone(value), name)
    return find_zone(str(value))


def _pairs(value: object) -> list[tuple[object, object]]:
    return list(value.items()) if isinstance(value, Mapping) else []


def _require(problem: OptionProblem | None, name: str) -> None:
    if problem:
        raise MalformedPayloadError(f"The source's option {name} is wrong. {problem.message}")
