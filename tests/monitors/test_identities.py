"""An identity that is long, odd or hard to read is never cut off, replaced or shared."""

import json
from collections.abc import Callable, Mapping
from urllib.parse import quote_from_bytes, urlencode

import pytest

from app.monitors import ADAPTERS
from app.payloads.sanitize import MAX_KEY, dedup_key
from app.ports.monitor import InboundEvent, MalformedPayloadError, ReportedState
from tests.monitors.recorded import NOON, deliver, parse

# The field of each kind of monitor that identifies an alert.
IDENTIFIED: Mapping[str, Callable[[str], object]] = {
    "alertmanager": lambda it: {"alerts": [{"status": "firing", "fingerprint": it}]},
    "checkly": lambda it: {"check_id": it, "alert_type": "ALERT_FAILURE"},
    "cloudevents": lambda it: {
        **{"specversion": "1.0", "type": "a.firing", "source": "s", "id": "1"},
        "data": {"dedup_key": it},
    },
    "cloudwatch-sns": lambda it: {"AlarmArn": it, "AlarmName": "a", "NewStateValue": "ALARM"},
    "datadog": lambda it: {"alert_cycle_key": it, "alert_transition": "Triggered"},
    "gatus": lambda it: {"group": "core", "name": it, "status": "TRIGGERED"},
    "generic": lambda it: {"dedup_key": it, "status": "firing"},
    "grafana": lambda it: {"ruleId": it, "ruleName": "cpu", "state": "alerting"},
    "healthchecks": lambda it: {"code": it, "status": "down"},
    "opsgenie": lambda it: {"alias": it, "message": "Down"},
    "pagerduty": lambda it: {"event": {"event_type": "incident.triggered", "data": {"id": it}}},
    "pagerduty-events": lambda it: {"dedup_key": it, "event_action": "trigger"},
    "sentry": lambda it: {"action": "created", "data": {"issue": {"id": it}}},
    "standard-webhooks": lambda it: {"type": "alert.firing", "data": {"id": it}},
    "uptime-kuma": lambda it: {"heartbeat": {"status": 0}, "monitor": {"id": it}},
    "uptimerobot": lambda it: {"monitorFriendlyName": it, "alertType": "1"},
    "zabbix": lambda it: {"id": it, "status": "PROBLEM"},
}
LONG = "x" * 2000


def key_of(kind: str, body: object) -> str:
    path = "/v2/alerts" if kind == "opsgenie" else ""
    (alert,) = ADAPTERS[kind].parse(deliver(body, path=path), {})
    assert 0 < len(alert.dedup_key) <= MAX_KEY
    alert.dedup_key.encode()
    alert.title.encode()
    return alert.dedup_key


def test_every_kind_of_monitor_stands_in_this_test() -> None:
    assert set(IDENTIFIED) == set(ADAPTERS)


@pytest.mark.parametrize("kind", ADAPTERS)
def test_long_and_unstorable_identities_stay_apart_and_equal_themselves(kind: str) -> None:
    texts = [f"{LONG}a", f"{LONG}b", "caf\ud800", "caf\x00", "caf\ufffd", "caf"]
    keys = [key_of(kind, IDENTIFIED[kind](text)) for text in texts]
    assert len(set(keys)) == len(texts)
    assert [key_of(kind, IDENTIFIED[kind](text)) for text in texts] == keys


@pytest.mark.parametrize("kind", ADAPTERS)
def test_bytes_that_are_no_utf_8_stay_apart(kind: str) -> None:
    written = json.dumps(IDENTIFIED[kind]("caf?")).encode()
    keys = {key_of(kind, written.replace(b"?", octet)) for octet in (b"\xe8", b"\xe9")}
    assert len(keys) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("a:b", "c"), ("a", "b:c")),
        (("a", "b", "c:d"), ("a", "b:c", "d")),
        (("a\\", "b:c"), ("a\\:b", "c")),
        (("a\\:b", "c"), ("a:b", "c")),
        (("a", "b\x00"), ("a", "b\ufffd")),
    ],
)
def test_the_parts_of_a_key_cannot_be_shifted(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert dedup_key(*one) != dedup_key(*other)


def test_fields_of_a_form_and_of_a_query_keep_bytes_that_are_no_utf_8() -> None:
    def keys(name: bytes) -> set[str]:
        form = f"dedup_key={quote_from_bytes(name)}&status=down"
        return {parse("generic", form)[0].dedup_key}

    assert keys(b"caf\xe9").isdisjoint(keys(b"caf\xe8"))


def test_an_alert_without_a_fingerprint_is_identified_by_all_its_labels_in_full() -> None:
    def key(**labels: str) -> str:
        many = {f"label_{number:03}": "x" for number in range(120)}
        return parse(
            "alertmanager", {"alerts": [{"status": "firing", "labels": {**many, **labels}}]}
        )[0].dedup_key

    assert len({key(zone="a"), key(zone="b"), key(a=f"{LONG}a"), key(a=f"{LONG}b")}) == 4
    assert key(zone="a\nb") != key(zone="a\nc")


# Gatus writes names into its body without escaping.


def gatus(name: str, *, group: str = "core", state: str = "TRIGGERED", conditions: str = "") -> str:
    return (
        f'{{"status": "{state}", "group": "{group}", "name": "{name}",'
        f' "url": "https://twin.sh", "errors": "", "conditions": "{conditions}"}}'
    )


def test_names_with_quotes_in_gatus_bodies_are_read_to_their_end() -> None:
    for one, other in (
        ('Shop "EU"', 'Shop "US"'),
        ('"EU" shop', '"US" shop'),
        ('Shop "EU", "SE"', 'Shop "EU", "DK"'),
        ("shop\\eu", "shop\\us"),
        ('{"eu"}', '{"us"}'),
    ):
        first, second = (parse("gatus", gatus(name))[0] for name in (one, other))
        assert first.dedup_key != second.dedup_key
        assert (first.service, second.service) == (one, other)
        ended = parse("gatus", gatus(one, state="RESOLVED", conditions='[BODY] == "ok"'))[0]
        assert (ended.dedup_key, ended.state) == (first.dedup_key, ReportedState.RESOLVED)


def test_groups_with_quotes_in_gatus_bodies_are_read_to_their_end() -> None:
    one, other = (parse("gatus", gatus("a", group=f'"{name}" team'))[0] for name in ("x", "y"))
    assert one.dedup_key != other.dedup_key


@pytest.mark.parametrize(
    "name", ['API "v1", "v2": new', 'v1", "v2": new', 'a", "b": c, "name": "d']
)
def test_a_gatus_name_whose_end_is_ambiguous_is_refused_with_the_reason(name: str) -> None:
    with pytest.raises(MalformedPayloadError, match="ambiguous"):
        parse("gatus", gatus(name))


def test_a_gatus_body_that_ends_inside_a_name_is_refused() -> None:
    with pytest.raises(MalformedPayloadError):
        parse("gatus", '{"status": "TRIGGERED", "group": "core", "name": "Shop "EU')


def test_the_text_of_gatus_readme_is_refused_where_it_cannot_identify_the_name() -> None:
    def text(name: str, errors: str = "") -> str:
        return f'{{"text": "TRIGGERED: core - {name} - health check failed - {errors}"}}'

    with pytest.raises(MalformedPayloadError, match="ambiguous"):
        parse("gatus", text("shop - EU"))
    (alert,) = parse("gatus", text('Shop "EU"', 'Get "https://a.example": timeout'))
    assert (alert.service, alert.state) == ('Shop "EU"', ReportedState.FIRING)


def test_group_and_name_of_gatus_cannot_be_shifted() -> None:
    keys = [
        parse("gatus", {"group": group, "name": name, "status": "TRIGGERED"})[0].dedup_key
        for group, name in (("a_b", "c"), ("a", "b_c"), ("a\\", "b"), ("a", "\\b"))
    ]
    assert len(set(keys)) == len(keys)


# Identities in titles, paths and queries.


def test_a_title_of_datadog_that_is_cut_off_identifies_nothing() -> None:
    name = "Latency of checkout in " + "eu-north-1 " * 10
    for end in ("...", "…"):
        with pytest.raises(MalformedPayloadError, match="cut off"):
            parse("datadog", {"title": f"[Triggered on {{host:a}}] {name}{end}"})
        by_id = {"title": f"[Triggered] {name}{end}", "alert_id": "7"}
        assert parse("datadog", by_id)[0].dedup_key == "7:"
    assert parse("datadog", {"title": "[Triggered] Waiting..."})


def test_an_alias_of_opsgenie_with_a_slash_is_whole_in_every_request() -> None:
    def key(method: str, path: str) -> str:
        event = InboundEvent(method, path, (), {}, b"{}", NOON)
        return ADAPTERS["opsgenie"].parse(event, {})[0].dedup_key

    assert key("DELETE", "/v2/alerts/shop/eu") == key("POST", "/v2/alerts/shop%2Feu/close")
    assert key("DELETE", "/v2/alerts/caf%E8") != key("DELETE", "/v2/alerts/caf%E9")


def test_a_name_of_uptimerobot_that_an_ampersand_cut_off_identifies_nothing() -> None:
    def send(query: str) -> str:
        return ADAPTERS["uptimerobot"].parse(deliver(query=query), {})[0].dedup_key

    for query in (
        "monitorFriendlyName=Shop & EU&alertType=1",
        "monitorURL=https://a.example/?x=1&shop=eu&alertType=1",
    ):
        with pytest.raises(MalformedPayloadError, match="monitorID"):
            send(query)
        assert send(f"monitorID=7&{query}") == "7"
    assert send("monitorFriendlyName=Shop %26 EU&alertType=1&token=") == "Shop & EU"
    assert send("x=1&monitorFriendlyName=Shop&alertType=1&team=a") == "Shop"


JSON_NAMES = ('{"a": 1}', '{"a": 2}', '{"name": "b"}', '["a", "b"]', "[1]", "[]", "{}", '"a"', "1")


def written_by_gatus(name: str) -> str:
    """A body in which Gatus inserted the name without escaping it."""
    return (
        f'{{"status": "TRIGGERED", "group": "core", "name": "{name}", "url": "https://x.example"}}'
    )


@pytest.mark.parametrize(
    "deliver_name",
    [
        lambda name: deliver({"status": "TRIGGERED", "group": "core", "name": name}),
        lambda name: deliver(written_by_gatus(name)),
        lambda name: deliver(urlencode({"status": "TRIGGERED", "group": "core", "name": name})),
        lambda name: deliver(f'{{"text": "TRIGGERED: core - {name} - health - check"}}'),
    ],
)
def test_a_name_of_gatus_that_is_itself_json_is_a_name(
    deliver_name: Callable[[str], InboundEvent],
) -> None:
    keys = [ADAPTERS["gatus"].parse(deliver_name(name), {})[0].dedup_key for name in JSON_NAMES]
    assert keys == [f"core_{name}" for name in JSON_NAMES]


def test_a_name_of_uptimerobot_that_is_itself_json_is_a_name() -> None:
    fields = [urlencode({"monitorFriendlyName": name, "alertType": "1"}) for name in JSON_NAMES]
    events = [deliver(query=each) for each in fields] + [deliver(each) for each in fields]
    keys = [ADAPTERS["uptimerobot"].parse(event, {})[0].dedup_key for event in events]
    assert keys == [*JSON_NAMES, *JSON_NAMES]


@pytest.mark.parametrize("field", ["status", "group", "name", "url"])
def test_a_gatus_name_that_contains_the_next_field_is_refused_with_the_reason(field: str) -> None:
    name = f'Shop","{field}":"RESOLVED'
    with pytest.raises(MalformedPayloadError, match="ambiguous"):
        parse("gatus", gatus(name))


def test_a_value_that_an_ampersand_cuts_off_in_a_form_is_no_identity() -> None:
    for text in ("dedup_key=Shop&EU&status=down", "dedup_key=Shop & US&status=down"):
        with pytest.raises(MalformedPayloadError, match="%26"):
            ADAPTERS["generic"].parse(deliver(text), {})
    assert key_of("generic", "dedup_key=Shop%26EU&status=down&") == "Shop&EU"


def test_a_value_of_a_query_that_an_ampersand_cuts_off_is_not_mapped() -> None:
    def key(body: object, query: str, **options: str) -> str:
        return ADAPTERS["generic"].parse(deliver(body, query=query), options)[0].dedup_key

    body = {"dedup_key": "cpu", "status": "down"}
    cut = "dedup_key=Shop&EU&status=down"
    for event_body, options in ((b"", {}), (body, {"dedup_key": "_query.dedup_key"})):
        with pytest.raises(MalformedPayloadError, match=r"query .* %26"):
            key(event_body, cut, **options)
        assert key(event_body, cut.replace("&EU", "%26EU"), **options) == "Shop&EU"
    assert key(body, cut) == "cpu"
