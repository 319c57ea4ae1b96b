"""Expressions of a mapping are checked when they are saved, and say why they fail."""

import time as clock
from collections.abc import Mapping

import pytest

from app.monitors import ADAPTERS, check_mapping
from app.payloads.expressions import find_fault, header_names
from app.ports.monitor import MalformedPayloadError, ReportedState, UnsupportedPayloadError
from tests.monitors.recorded import deliver, parse

FIRING = {"dedup_key": "disk", "status": "firing"}


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("lowercase(id)", "there is no function lowercase()"),
        ("checks[?nope(id)]", "there is no function nope()"),
        ("map(&nope(@), ids)", "there is no function nope()"),
        ("join(id)", "join() takes 2 arguments, not 1"),
        ("split(a, b, c)", "split() takes 2 arguments, not 3"),
        ("not_null()", "not_null() takes at least 1 argument, not 0"),
        ("join(', ', 'a')", "join() takes array-string, not string"),
        ("sort_by(checks, id)", "sort_by() takes an expression with & before it"),
        ("&id", "& stands only before an argument"),
        ("regex_find(id, '(')", "regex_find() cannot read the pattern: missing )"),
        ("regex_find(id, '(?=a)')", "regex_find() cannot read the pattern"),
        ("split(id, '')", "split() needs a separator that is not empty"),
        ("time(at, '%H:%M')", "with a year"),
        ("time(at, '%d %d %Y')", "time() cannot read the layout"),
    ],
)
@pytest.mark.parametrize("option", ["dedup_key", "title", "ignore", "resolves", "idempotency_key"])
def test_an_expression_that_can_never_work_is_refused_when_it_is_saved(
    expression: str, reason: str, option: str
) -> None:
    (problem,) = check_mapping({option: expression}).values()
    assert reason in problem.message


@pytest.mark.parametrize("text", ["true", "false", "False", " TRUE ", "'false'", '"true"'])
def test_the_text_true_or_false_is_refused_for_resolves(text: str) -> None:
    assert check_mapping({"resolves": text})["resolves"].code == "text_boolean"
    assert check_mapping({"ignore": text})["ignore"].code == "constant"


def test_a_boolean_and_an_expression_are_accepted_for_resolves() -> None:
    assert not [value for value in (True, False, "paired") if check_mapping({"resolves": value})]


@pytest.mark.parametrize(
    ("value", "resolves"), [("false", False), ("No", False), (0, False), ("yes", True), (1, True)]
)
def test_a_payload_may_say_with_a_word_whether_it_resolves(value: object, resolves: bool) -> None:  # noqa: FBT001
    (alert,) = parse("generic", {**FIRING, "paired": value}, resolves="paired")
    assert alert.resolves is resolves


def test_a_failing_expression_gives_the_reason_of_jmespath() -> None:
    with pytest.raises(MalformedPayloadError, match=r"join\(\).*array-string.*received: \"null\""):
        parse("generic", FIRING, dedup_key="join('/', hosts)")


def test_a_reason_does_not_quote_the_parts_of_an_object() -> None:
    body = {**FIRING, "auth": {"token": "s3cr3t"}}
    with pytest.raises(MalformedPayloadError, match="an object") as refused:
        parse("generic", body, dedup_key="join('/', auth)")
    assert "s3cr3t" not in str(refused.value)


def test_the_word_that_is_no_state_is_named_with_those_that_are() -> None:
    (alert,) = parse(
        "generic",
        {"dedup_key": "a", "status": "Fired!"},
        firing_values=["down", "alert"],
        resolved_values=["up"],
    )
    assert alert.state is ReportedState.NEITHER
    assert alert.notes == (
        "status is 'Fired!', which is none of alert, down (firing) and up (resolved)",
    )


@pytest.mark.parametrize(
    ("status", "reason"),
    [("wobbly", "none of the usual words"), (None, "missing"), ({"a": 1}, "an object")],
)
def test_a_status_that_is_no_usual_word_is_explained(status: object, reason: str) -> None:
    (alert,) = parse("generic", {"dedup_key": "a", "status": status})
    assert reason in " ".join(alert.notes)


@pytest.mark.parametrize(
    ("fields", "options", "note"),
    [
        ({"n": 1}, {"title": "join('', n)"}, "title fails: In function join()"),
        ({"n": 1}, {"labels": "keys(n)"}, "labels fails: In function keys()"),
        ({"labels": "a=b"}, {}, "labels is 'a=b', not an object"),
        ({"url": "db7"}, {}, "url is 'db7', which is no http or https URL"),
        ({"severity": "Sev0"}, {}, "severity is 'Sev0', which is no word of severity_values"),
        ({"started_at": "yesterday"}, {}, "started_at is 'yesterday', which is no time"),
        ({"ended_at": "23/11/2026"}, {}, "ended_at is '23/11/2026', which is no time"),
        ({"time": ["now"]}, {}, "reported_at is a list, which is no time"),
        ({"at": "23.11.2026"}, {"started_at": "time(at, '%d/%m/%Y')"}, "started_at fails: time()"),
        ({"n": 1}, {"ignore": "lower(n)"}, "ignore fails: In function lower()"),
        ({"n": 1}, {"service": "regex_find(n, 'a')"}, "service fails: In function regex_find()"),
    ],
)
def test_what_an_optional_field_could_not_use_is_listed(
    fields: Mapping[str, object], options: Mapping[str, object], note: str
) -> None:
    (alert,) = parse("generic", {**FIRING, **fields}, **options)
    assert alert.state is ReportedState.FIRING
    assert note in " | ".join(alert.notes)


@pytest.mark.parametrize("value", ["0001-01-01T00:00:00Z", 0, "", None])
def test_a_time_that_is_not_set_is_no_fault(value: object) -> None:
    assert parse("generic", {**FIRING, "endsAt": value})[0].notes == ()


def test_ignored_items_are_left_out() -> None:
    body = [{**FIRING, "kind": "info"}, {**FIRING, "dedup_key": "b", "kind": "alarm"}]
    alerts = parse("generic", body, ignore="kind == 'info'")
    assert [alert.dedup_key for alert in alerts] == ["b"]


def test_an_item_without_a_dedup_key_can_be_ignored() -> None:
    assert len(parse("generic", [FIRING, {"summary": "heartbeat"}], ignore="!dedup_key")) == 1


def test_a_payload_of_ignored_items_states_no_alert() -> None:
    with pytest.raises(UnsupportedPayloadError, match="ignore"):
        parse("generic", FIRING, ignore="status")


@pytest.mark.parametrize("expressions", ["[host, check]", ["host", "check"], ["(host)", "check"]])
def test_a_dedup_key_may_be_a_list_that_is_joined(expressions: object) -> None:
    body = {"host": "db:1", "check": 7, "status": "down"}
    assert parse("generic", body, dedup_key=expressions)[0].dedup_key == r"db\:1:7"


@pytest.mark.parametrize("check", [None, ["a"], {"a": "b"}])
def test_a_dedup_key_of_which_a_part_is_missing_is_refused(check: object) -> None:
    body = {"host": "db1", "check": check, "status": "down"}
    with pytest.raises(MalformedPayloadError, match="part 2"):
        parse("generic", body, dedup_key=["host", "check"])


def test_a_missing_dedup_key_names_the_fields_that_there_are() -> None:
    with pytest.raises(MalformedPayloadError, match="fields here are: status, host"):
        parse("generic", {"status": "down", "host": "db1"})


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("lower(name)", "åsa host=db-7 x"),
        ("split(name, ' ')[1]", "HOST=db-7"),
        ("regex_find(name, 'HOST=([a-z0-9-]+)')", "db-7"),
        ("regex_find(name, '(?i)host=')", "HOST="),
        ("regex_find(name, 'zzz') || 'none'", "none"),
        ("regex_find(name, 'HOST=(a)?') || 'unset'", "unset"),
    ],
)
def test_a_text_can_be_taken_apart(expression: str, found: str) -> None:
    body = {**FIRING, "name": "Åsa HOST=db-7 x"}
    assert parse("generic", body, title=expression)[0].title == found


def test_a_pattern_takes_a_time_that_is_linear_in_the_text() -> None:
    body = {**FIRING, "name": "a" * 100_000 + "!"}
    started = clock.process_time()
    parse("generic", body, title="regex_find(name, '^(a+)+$')")
    # The engine of the standard library needs 2 to the power of 100,000 steps.
    assert clock.process_time() - started < 60


@pytest.mark.parametrize(
    ("text", "layout", "instant"),
    [
        ("23/11/2026 10:00", "%d/%m/%Y %H:%M", "2026-11-23T09:00:00+00:00"),
        ("11-23-26 10:00 PM -0500", "%m-%d-%y %I:%M %p %z", "2026-11-24T03:00:00+00:00"),
        (20261123, "%Y%m%d", "2026-11-22T23:00:00+00:00"),
    ],
)
def test_a_time_in_another_format_is_read_by_its_layout(
    text: object, layout: str, instant: str
) -> None:
    (alert,) = parse(
        "generic",
        {**FIRING, "at": text},
        started_at=f"time(at, '{layout}')",
        time_zone="Europe/Stockholm",
    )
    assert (alert.started_at and alert.started_at.isoformat(), alert.notes) == (instant, ())


def test_a_plain_text_body_is_mapped() -> None:
    text = "CRITICAL: disk of db-7 is full\nsince 2026-11-23"
    (alert,) = parse(
        "generic",
        text,
        dedup_key="regex_find(_text, 'disk of (\\S+)')",
        status="lower(split(_text, ':')[0])",
        title="_value",
    )
    assert (alert.dedup_key, alert.state) == ("db-7", ReportedState.FIRING)


@pytest.mark.parametrize("text", ['"disk" is down', "--db1\nis down", "a=b is down"])
def test_a_plain_text_that_looks_like_another_format_is_mapped(text: str) -> None:
    (alert,) = parse(
        "generic", text, dedup_key="'k'", status="regex_find(_text, 'is (\\w+)')", title="_text"
    )
    assert alert.state is ReportedState.FIRING


def test_broken_json_is_no_plain_text() -> None:
    with pytest.raises(MalformedPayloadError, match="JSON"):
        parse("generic", '{"dedup_key": "a"', dedup_key="'k'", status="'down'")


def test_the_type_of_an_event_is_read_from_a_field_or_header_of_ones_own() -> None:
    options = {"event_type": '_headers."x-event"', "event_types": ["Alert"]}
    from_headers = deliver(FIRING, headers={"x-event": "alert"})
    adapter = ADAPTERS["generic"]
    assert len(adapter.parse(from_headers, options)) == 1
    with pytest.raises(UnsupportedPayloadError, match="event_type is 'deploy'"):
        adapter.parse(deliver(FIRING, headers={"x-event": "deploy"}), options)
    with pytest.raises(UnsupportedPayloadError, match="event_type is 'ping'"):
        parse("generic", {**FIRING, "kind": "ping"}, event_type="kind")


@pytest.mark.parametrize("kind", ["generic", "cloudevents", "standard-webhooks"])
def test_the_idempotency_key_is_read_from_a_field_or_header_of_ones_own(kind: str) -> None:
    event = deliver({"delivery": {"n": 7}}, headers={"x-delivery": "d-1"})
    read = ADAPTERS[kind].idempotency_key
    assert read(event, {"idempotency_key": '_headers."x-delivery"'}) == "d-1"
    assert read(event, {"idempotency_key": "delivery.n"}) == "7"
    assert read(event, {"idempotency_key": "missing"}) is None
    assert read(event, {"idempotency_key": "lower(delivery)"}) is None


def test_an_option_is_also_read_under_its_former_name() -> None:
    adapter, former = ADAPTERS["generic"], {"delivery_id": '_headers."x-delivery"'}
    event = deliver({"delivery": {"n": 7}}, headers={"x-delivery": "d-1"})
    assert adapter.idempotency_key(event, former) == "d-1"
    assert adapter.header_names(former) == {"x-delivery"}
    assert not adapter.check_options(former)
    assert "idempotency_key" in adapter.check_options({"delivery_id": "lower("})


def test_the_headers_that_expressions_read_are_found() -> None:
    assert header_names('_headers."X-Foo" || lower(_headers."x-bar")') == {"X-Foo", "x-bar"}
    assert ADAPTERS["generic"].header_names(
        {"status": '_headers."X-A"', "dedup_key": ["id", '_headers."x-b"'], "title": "_text"}
    ) == {"x-a", "x-b"}


@pytest.mark.parametrize(
    ("expression", "hint"),
    [
        ("$.data.id", "not with $"),
        ("{{ data.id }}", "without braces"),
        ("data.alert-id", '"alert-id"'),
        ("tags['service']", "with a dot"),
        ('tags["service"]', "with a dot"),
        ("checks.0.id", "checks[0].id"),
        ("id + '-' + name", "join('-', ["),
        ("ok ? 'up' : 'down'", "data.ok && 'up' || 'down'"),
        ("a == 'b' and c == 'd'", "&&, ||, !"),
        ("a = 'b'", "written =="),
        ("code == 5", "`5`"),
    ],
)
def test_a_path_of_another_language_is_refused_with_what_to_write(
    expression: str, hint: str
) -> None:
    problem = ADAPTERS["generic"].check_options({"dedup_key": expression})["dedup_key"]
    assert hint in problem.message


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ('status == "down"', "'down'"),
        ('"down" == status', "'down'"),
        ('tags[?key != "service"].value | [0]', "'service'"),
        ('contains(tags, "prod")', "'prod'"),
        ('split(id, ",")', "','"),
        ("ok == true", "`true`"),
    ],
)
def test_a_text_that_jmespath_would_read_as_a_field_is_refused_with_what_to_write(
    expression: str, reason: str
) -> None:
    problem = ADAPTERS["generic"].check_options({"dedup_key": expression})["dedup_key"]
    assert "is the name of a field" in problem.message
    assert reason in problem.message


@pytest.mark.parametrize(
    "expression",
    [
        "status == 'down' && \"alert-id\" != id",
        '_headers."X-Type" == type',
        'contains(tags, "tag name")',
        'contains("tags", \'a = "b"\')',
        'data."name".first == a.b',
        '["site", "id"]',
        '{"a": id, "true": `true`}',
        'name == `"down"`',
        "ok && !failed",
    ],
)
def test_names_of_fields_that_stand_in_quotes_are_accepted(expression: str) -> None:
    assert find_fault(expression) is None


def test_an_unknown_option_is_refused_with_the_one_that_was_meant() -> None:
    adapter = ADAPTERS["generic"]
    assert "did you mean dedup_key?" in adapter.check_options({"dedup": "id"})["dedup"].message
    assert "the options are no_data." in ADAPTERS["grafana"].check_options({"x": 1})["x"].message


def test_the_severity_of_an_end_needs_no_known_word() -> None:
    (alert,) = parse("generic", {**FIRING, "status": "resolved", "severity": "CLEAR"})
    assert alert.notes == ()
