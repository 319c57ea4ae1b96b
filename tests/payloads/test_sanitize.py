"""Texts from strangers, made storable."""

import pytest

from app.payloads.sanitize import MAX_KEY, clean, clean_url, dedup_key, is_unset
from app.payloads.untrusted import UntrustedValue, read_tags


@pytest.mark.parametrize(
    "text",
    [
        "*alertDuration*",
        "*UNKNOWN*",
        "{$ZABBIX.URL}",
        "{EVENT.ID}",
        "$ALERT_CYCLE_KEY",
        "$CODE",
        "[ALERT_DESCRIPTION]",
        "{{CHECK_ID}}",
        "<no value>",
    ],
)
def test_a_variable_the_sender_left_standing_says_nothing(text: str) -> None:
    assert is_unset(text)
    assert UntrustedValue(text).text() == ""


@pytest.mark.parametrize("text", ["$5", "*", "[FIRING] disk", "{}", "a *b* c", "5xx on {{x}}"])
def test_what_only_resembles_a_variable_stays(text: str) -> None:
    assert UntrustedValue(text).text() == text


def test_what_no_database_stores_is_replaced() -> None:
    assert clean(" a\x00b\ud800 ", 10) == "a�b�"


def test_a_long_text_is_cut_and_says_so() -> None:
    assert clean("a" * 20, 5) == "aaaa…"


def test_long_keys_stay_short_and_apart() -> None:
    long, other = dedup_key("x" * 5000), dedup_key("x" * 4999 + "y")
    assert long != other
    assert len(long) <= MAX_KEY


@pytest.mark.parametrize(
    "text",
    ["javascript:alert(1)", "//x", "https://", "http://[", "a" * 3000, "ftp://x/", "", "h\x00"],
)
def test_only_web_addresses_are_linked_to(text: str) -> None:
    assert clean_url(text) is None


def test_tags_are_labels_where_they_have_a_value() -> None:
    assert read_tags(UntrustedValue("service:web prod,env=eu")) == {
        "tags": "service:web prod,env=eu",
        "service": "web",
        "env": "eu",
    }
    assert read_tags(UntrustedValue(["service:web"]))["service"] == "web"
    assert read_tags(UntrustedValue(None)) == {}
