"""Test alerts that reach an adapter through another product's notification channel."""

import re
from collections.abc import Mapping

__all__ = ["is_grafana_test", "is_grafana_test_text", "is_marked_as_test"]

# Grafana's Test button, and the Alertmanager receivers of Mimir that copy it (newTestAlert in
# grafana/alerting). Its users may change labels and annotations, so one label is sufficient.
_ALERT_NAME = "TestAlert"
_IN_TEXT = re.compile(r"^ *-? *alertname = TestAlert$", re.MULTILINE)

# Datadog puts the mark first; a title that contains it later is that of a monitor.
_MARK = re.compile(r"(?:\[P\d\]\s*)?\[TEST\]")


def is_grafana_test(labels: Mapping[str, str]) -> bool:
    """Whether these are labels of the alert of the Test button, which never resolves."""
    return labels.get("alertname") == _ALERT_NAME


def is_grafana_test_text(text: str) -> bool:
    """Whether a text lists the labels of alerts, one a line, with one of the Test button."""
    return _IN_TEXT.search(text) is not None


def is_marked_as_test(title: str) -> bool:
    """Whether a title starts with `[TEST]`, as in Datadog's test notifications."""
    return _MARK.match(title.strip()) is not None
