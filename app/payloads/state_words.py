"""Words that monitors use for states and severities, case-insensitive.

Source: monitors/README.md sections 1 (finding 10), 3 and 5 (rule 11).
"""

from collections.abc import Mapping, Set
from types import MappingProxyType

from app.domain.texts.names import fold_name
from app.ports.monitor import MonitorSeverity, ReportedState

__all__ = [
    "FIRING_WORDS",
    "RESOLVED_WORDS",
    "SEVERITY_WORDS",
    "is_severity_word",
    "is_test_word",
    "read_severity",
    "read_state",
]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FIRING_WORDS = _words("""
    firing fire alerting alert alarm triggered trigger down problem critical error failed failure
    failing unhealthy open opened active outage degraded degraded_performance partial_outage
    major_outage offline unavailable fired red
""")
RESOLVED_WORDS = _words("""
    resolved resolve ok up recovered recovery closed close operational healthy success normal
    cleared green online available passing passed restored
""")

# Events about these are none about an alert, although their types end with a state: a silence that
# is `silence.active` hides alerts, and `ticket.opened` is what people do about one.
_OTHER_SUBJECTS = _words("""
    ack acknowledgement acknowledgment annotation comment downtime maintenance note silence snooze
    ticket
""")

# States that scripts send to try a hook; neither firing nor resolved unless configured.
_TEST_WORDS = _words("test testing ping")

SEVERITY_WORDS: Mapping[str, MonitorSeverity] = MappingProxyType(
    {
        word: severity
        for severity, words in {
            MonitorSeverity.CRITICAL: _words("""
                critical crit fatal emergency disaster page p1 sev1 s1 blocker major_outage
            """),
            MonitorSeverity.MAJOR: _words("""
                major error err high severe p2 sev2 s2 partial_outage
            """),
            MonitorSeverity.MINOR: _words("""
                minor warning warn medium average moderate low p3 p4 sev3 sev4 s3 s4 degraded
                degraded_performance
            """),
            MonitorSeverity.INFO: _words("""
                info information informational notice debug none p5 sev5 s5 success
            """),
        }.items()
        for word in words
    }
)


def read_state(word: str, *, firing: Set[str], resolved: Set[str]) -> ReportedState:
    """Map a word, or its last part as in `com.example.alert.firing`, to a state.

    The sets contain folded words (`fold_name`); a word in none of them is NEITHER. The last part
    is no state of an alert if the one before it names something else, as in `silence.active`.
    """
    folded = fold_name(word)
    *subject, last = folded.split(".")
    is_of_alert = not subject or subject[-1] not in _OTHER_SUBJECTS
    for candidate in (folded, last) if is_of_alert else (folded,):
        if candidate in firing:
            return ReportedState.FIRING
        if candidate in resolved:
            return ReportedState.RESOLVED
    return ReportedState.NEITHER


def is_test_word(word: str) -> bool:
    """Whether a word, or its last part as in `alert.test`, says that a request is a test."""
    return fold_name(word).rpartition(".")[2] in _TEST_WORDS


def is_severity_word(word: str, known: Mapping[str, MonitorSeverity]) -> bool:
    """Whether a word is known, or says that the severity is unknown."""
    return (folded := fold_name(word)) in known or folded == MonitorSeverity.UNKNOWN


def read_severity(
    *words: str, known: Mapping[str, MonitorSeverity] = SEVERITY_WORDS
) -> MonitorSeverity:
    """Map the first known word to a severity; UNKNOWN if none is known."""
    found = (known[word] for word in map(fold_name, words) if word in known)
    return next(found, MonitorSeverity.UNKNOWN)
