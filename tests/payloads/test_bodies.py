"""What a body holds, whatever it is labelled as."""

import gzip
import json

import pytest

from app.payloads.bodies import read_body
from app.payloads.strict_json import MONITOR_LIMITS, parse_json
from app.ports.monitor import MalformedPayloadError
from tests.monitors.recorded import deliver

DOCUMENT = {"status": "down", "id": 7}
TEXT = json.dumps(DOCUMENT)


@pytest.mark.parametrize(
    "content_type", ["", "text/plain; charset=UTF-8", "application/x-www-form-urlencoded", "x"]
)
def test_json_is_read_under_any_content_type(content_type: str) -> None:
    event = deliver(TEXT, headers={"content-type": content_type})
    assert read_body(event).value == DOCUMENT


@pytest.mark.parametrize(
    "body",
    [
        "﻿" + TEXT,
        f" \n{TEXT}",
        json.dumps(TEXT),
        "payload=%7B%22status%22%3A+%22down%22%2C+%22id%22%3A+7%7D",
        "%7B%22status%22%3A+%22down%22%2C+%22id%22%3A+7%7D=",
        f'--b\r\nContent-Disposition: form-data; name="data"\r\n\r\n{TEXT}\r\n--b--\r\n',
        f'--b\nContent-Disposition: form-data; name="data"\n\n{TEXT}\n--b--\n',
    ],
    ids=["bom", "space", "json in json", "field", "form-encoded", "multipart", "bare newlines"],
)
def test_json_is_found_inside_its_envelope(body: str) -> None:
    assert read_body(deliver(body)).value == DOCUMENT


def test_a_form_becomes_an_object_and_its_json_fields_are_read() -> None:
    body = "status=up&heartbeat=%7B%22time%22%3A1%7D&tag=a&tag=b&tag=c&note=%7Bbroken"
    assert read_body(deliver(body)).value == {
        "status": "up",
        "heartbeat": {"time": 1},
        "tag": ["a", "b", "c"],
        "note": "{broken",
    }


def test_an_empty_body_leaves_the_query() -> None:
    assert read_body(deliver("", query="status=down&id=7")).value == {"status": "down", "id": "7"}


def test_bytes_that_are_no_utf_8_stay_distinct_and_do_not_lose_the_alert() -> None:
    assert read_body(deliver(b'{"name": "Z\xfcrich"}')).value == {"name": "Z\udcfcrich"}
    labelled = deliver(b'{"name": "Z\xfcrich"}', headers={"content-type": "a; charset=iso-8859-1"})
    assert read_body(labelled).value == {"name": "Zürich"}


@pytest.mark.parametrize("charset", ["utf-16", "UTF-16", "windows-1252", "iso-8859-1", "latin1"])
@pytest.mark.parametrize("body", [b"\xff\xfe{\x00\x81", b"\x80", b"\x00" * 12 + b"\x80\x00\x00"])
def test_bytes_that_do_not_fit_the_label_are_refused_as_malformed(
    body: bytes, charset: str
) -> None:
    with pytest.raises(MalformedPayloadError):
        read_body(deliver(body, headers={"content-type": f"text/plain; charset={charset}"}))


UNREADABLE: dict[str, str | bytes] = {
    "nothing": "",
    "blanks": "   ",
    "a word": "hello",
    "half an object": "{",
    "no number": '{"a": NaN}',
    "infinity": '{"a": -Infinity}',
    "beyond any number": '{"a": 1e999}',
    "two states": '{"status": "up", "status": "down"}',
    "depth": "[" * 10_000,
    "some depth": "[" * 65 + "]" * 65,
    "packed": gzip.compress(TEXT.encode(), mtime=0),
    "an empty part": "--b\r\n\r\n--b--",
    "many fields": "a=1&" * 2000,
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_one_way_only_is_refused(body: str | bytes) -> None:
    with pytest.raises(MalformedPayloadError):
        read_body(deliver(body))


def test_nesting_is_read_to_its_limit_and_brackets_in_texts_do_not_count() -> None:
    depth = MONITOR_LIMITS.max_depth
    assert parse_json("[" * depth + "]" * depth)
    text = '"' + '[{\\"' * depth + '"'
    assert parse_json(f"[{text}]") == [json.loads(text)]


def test_a_name_given_twice_with_one_value_is_no_contradiction() -> None:
    assert parse_json('{"a": 1, "a": 1}') == {"a": 1}


def test_an_id_beyond_two_to_the_53_keeps_its_digits() -> None:
    assert (
        read_body(deliver('{"id": 12345678901234567891}')).at("id").key() == "12345678901234567891"
    )
    assert read_body(deliver(f'{{"id": {"9" * 5000}}}')).at("id").key() == "9" * 5000
