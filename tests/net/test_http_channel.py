"""What the replies to the messages of channels mean, and what a failure says."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from types import MappingProxyType

import pytest

from app.channels.webhook import CHANNEL as WEBHOOK
from app.net.http_channel import check_reply, cut, cut_bytes, host_of, utf16_length
from app.ports.channel import HttpReply, MailConnection, SendError
from tests.channels.messages import KEY, SECRETS, make_message, recipient


def failure(
    status: int, body: bytes = b"", headers: Mapping[str, str] = MappingProxyType({})
) -> SendError:
    with pytest.raises(SendError) as raised:
        check_reply(HttpReply(status, headers, body))
    return raised.value


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 401, 403])
def test_a_reply_that_may_be_another_one_later_is_no_permanent_failure(status: int) -> None:
    assert not failure(status).is_permanent


@pytest.mark.parametrize("status", [300, 301, 302, 307, 400, 404, 413, 422])
def test_any_other_reply_is_a_permanent_failure(status: int) -> None:
    assert failure(status).is_permanent


def test_a_redirect_is_called_one() -> None:
    assert failure(301).code == "redirected"


def test_410_says_that_the_recipient_is_gone() -> None:
    found = failure(410)
    assert (found.code, found.is_gone, found.is_permanent) == ("gone", True, True)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "120"}, 120),
        ({"retry-after": "999999999999"}, 21_600),
        (
            {
                "retry-after": "Mon, 30 Nov 2026 10:05:00 GMT",
                "date": "Mon, 30 Nov 2026 10:00:00 GMT",
            },
            300,
        ),
        (
            {
                "retry-after": "Mon, 30 Nov 2026 09:00:00 GMT",
                "date": "Mon, 30 Nov 2026 10:00:00 GMT",
            },
            0,
        ),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_the_stated_wait_is_read_in_seconds_or_as_a_date(
    headers: Mapping[str, str], seconds: float | None
) -> None:
    assert failure(429, headers=headers).retry_after == seconds


def test_control_and_direction_characters_of_a_reply_are_left_out() -> None:
    assert failure(500, "a\r\n\x1b[31mb\u202ec".encode()).detail == "500 a [31mb c"


class _Echo:
    """Answers each request with its URL, as some servers do when they find nothing."""

    async def post(
        self,
        url: str,
        *,
        content: bytes,
        headers: Mapping[str, str],
        timeout_seconds: float = 20.0,
    ) -> HttpReply:
        return HttpReply(404, {}, f"no route {url} or /services/T0SECRET99".encode())

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        raise NotImplementedError

    def mail(self) -> AbstractAsyncContextManager[MailConnection]:
        raise NotImplementedError


def test_a_reply_that_repeats_the_address_puts_no_secret_into_the_failure() -> None:
    async def send() -> None:
        async with WEBHOOK.open(_Echo(), {}) as sender:
            await sender.send(make_message(), recipient(), KEY)

    with pytest.raises(SendError) as raised:
        asyncio.run(send())
    text = f"{raised.value!r} {raised.value}"
    assert [part for part in ("T0SECRET99", "B0SECRET88", SECRETS["url"]) if part in text] == []


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Hooks.Example.net/x", "hooks.example.net"),
        ("https://bücher.example/x", "xn--bcher-kva.example"),
        ("http://127.0.0.1:8080/x", "127.0.0.1"),
        ("https://[::1]/x", "::1"),
        ("https://user:secret@hooks.example.net/", ""),
        ("ftp://hooks.example.net/", ""),
        ("https://hooks.example.net:0/", ""),
        ("https://hooks.example.net:99999/", ""),
        ("https:///x", ""),
        ("https://[::1/x", ""),
        ("javascript:alert(1)", ""),
        ("", ""),
    ],
)
def test_the_host_of_a_url_is_read_or_there_is_none(url: str, host: str) -> None:
    assert host_of(url) == host


@pytest.mark.parametrize("limit", range(1, 9))
def test_a_cut_text_never_ends_within_a_character(limit: int) -> None:
    shorter = cut("a🔥b🔥c🔥d🔥", limit)
    assert utf16_length(shorter) <= limit
    assert shorter.endswith("…")


def test_a_text_cut_by_bytes_never_ends_within_a_character() -> None:
    assert cut_bytes("ééééé", 8) == "éé…"


def test_a_text_within_the_limit_stays_whole() -> None:
    assert (cut("abc", 3), cut_bytes("abc", 3)) == ("abc", "abc")
