"""Whatever comes, an adapter gives alerts or one of the two errors."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.monitors import ADAPTERS
from app.payloads.adapter import MAX_ALERTS
from app.payloads.sanitize import MAX_KEY
from app.ports.monitor import InboundEvent, PayloadError
from tests.monitors.recorded import NOON, all_recorded

RECORDED = all_recorded()
WORDS = sorted(
    {
        word
        for found in RECORDED
        for word in found.event.body.decode(errors="ignore").split('"')
        if 0 < len(word) < 40
    }
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from([*WORDS, "\x00", "\ud800", "1e400", "0001-01-01T00:00:00Z", "*x*", "{}", "["])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=4), inner, max_size=6)
    ),
    max_leaves=20,
)
KINDS = st.sampled_from(list(ADAPTERS))
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "content-type",
            "ce-type",
            "ce-source",
            "ce-id",
            "ce-time",
            "webhook-id",
            "request-id",
            "x-checkly-timestamp",
            "x-amz-sns-message-id",
            "sentry-hook-timestamp",
        ]
    ),
    st.sampled_from(["text/plain; charset=utf-16", "a.firing", "1", "multipart/form-data"])
    | st.text(max_size=6),
    max_size=3,
)
PATHS = st.sampled_from(["", "/v2/alerts", "/v2/alerts/a/close", "/v2/alerts//", "/v2/enqueue"])
QUERIES = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(WORDS)), max_size=3)


def holds(kind: str, event: InboundEvent, options: Mapping[str, object]) -> None:
    adapter = ADAPTERS[kind]
    idempotency_key = adapter.idempotency_key(event)
    assert idempotency_key is None or 0 < len(idempotency_key) <= MAX_KEY
    try:
        alerts = adapter.parse(event, options)
    except PayloadError:
        return
    assert 0 < len(alerts) <= MAX_ALERTS
    for alert in alerts:
        assert 0 < len(alert.dedup_key) <= MAX_KEY
        assert alert.title
        texts = [alert.dedup_key, alert.title, alert.description, alert.service or ""]
        assert "\x00" not in "".join([*texts, *alert.labels, *alert.labels.values()])
        for text in (*texts, *alert.labels, *alert.labels.values()):
            text.encode()  # no lone surrogates
        instants = (alert.started_at, alert.ended_at, alert.reported_at)
        assert all(instant is None or instant.utcoffset() is not None for instant in instants)


@given(KINDS, st.binary(max_size=200) | st.text(max_size=200).map(str.encode), HEADERS, PATHS)
def test_any_bytes_give_alerts_or_one_of_the_two_errors(
    kind: str, body: bytes, headers: Mapping[str, str], path: str
) -> None:
    holds(kind, InboundEvent("POST", path, (), headers, body, NOON), {})


@settings(max_examples=50)
@given(KINDS, JSON, HEADERS, PATHS, QUERIES)
def test_any_json_gives_alerts_or_one_of_the_two_errors(
    kind: str,
    document: object,
    headers: Mapping[str, str],
    path: str,
    query: list[tuple[str, str]],
) -> None:
    body = json.dumps(document).encode()
    holds(kind, InboundEvent("POST", path, query, headers, body, NOON), {})


@given(st.data())
def test_any_change_of_a_recorded_event_gives_alerts_or_one_of_the_two_errors(
    data: st.DataObject,
) -> None:
    recording = data.draw(st.sampled_from(RECORDED))
    body = recording.event.body
    if recording.case.count(".") or data.draw(st.booleans()):
        cut = data.draw(st.integers(0, len(body)))
        body = (
            body[:cut]
            + data.draw(st.binary(max_size=4))
            + body[cut + data.draw(st.integers(0, 9)) :]
        )
    else:
        body = changed(body, data).encode()
    holds(recording.kind, replace(recording.event, body=body), recording.options)


def changed(body: bytes, data: st.DataObject) -> str:
    """The JSON of a body with one of its values replaced by any other."""
    try:
        document = json.loads(body)
    except ValueError:
        return "{"
    spots = list(containers(document))
    if spots:
        subject, place = data.draw(st.sampled_from(spots))
        subject[place] = data.draw(JSON)
    return json.dumps(document)


def containers(value: dict[Any, Any] | list[Any]) -> Iterator[tuple[Any, Any]]:
    pairs: Iterable[tuple[Any, Any]] = (
        value.items() if isinstance(value, dict) else enumerate(value)
    )
    for place, inner in list(pairs):
        yield value, place
        if isinstance(inner, dict | list):
            yield from containers(inner)


@settings(max_examples=50)
@given(
    JSON,
    st.dictionaries(
        st.sampled_from([*ADAPTERS["generic"].option_names, "unknown"]),
        SCALARS
        | st.sampled_from(["@", "a.b", "*", "_root", "keys(@)", "join(a, b)", "[?a]", "a["]),
        max_size=4,
    ),
)
def test_any_options_are_refused_or_give_alerts_or_one_of_the_two_errors(
    document: object, options: Mapping[str, object]
) -> None:
    body = json.dumps(document).encode()
    assert all(problem.message for problem in ADAPTERS["generic"].check_options(options).values())
    holds("generic", InboundEvent("POST", "", (), {}, body, NOON), options)
