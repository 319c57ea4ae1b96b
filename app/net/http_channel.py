"""Channels that send each message as one HTTP request, and what their replies mean."""

import hmac
import json
import math
import re
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from app.domain.notifications.retries import ROOM_RETRIES, RetrySchedule
from app.host_names import ascii_host, ip_literal
from app.ports.channel import (
    Field,
    FieldProblem,
    HttpReply,
    Message,
    Outbound,
    Receipt,
    Recipient,
    SendError,
)

__all__ = [
    "REFUSED_CREDENTIALS",
    "HttpChannel",
    "HttpRequest",
    "check_reply",
    "cut",
    "cut_bytes",
    "host_of",
    "read_answer",
    "read_wait",
    "utf16_length",
    "with_query",
]

# RFC 9110, 15.5.9; RFC 8470, 5.2; RFC 6585, 4: the request may succeed later.
_TEMPORARY = frozenset({408, 425, 429})
# A token that is refused today may be corrected by staff tomorrow; it never ends a room.
REFUSED_CREDENTIALS = frozenset({401, 403})
_LONGEST_WAIT = 6 * 3600.0
_DETAIL_CHARACTERS = 200
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069]+")
# Shorter parts of a URL are words such as "hooks" or "services".
_SECRET_PART = 8


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One POST. The URL and the headers may contain secrets.

    A reply with `challenge` as a member of a JSON object confirms the subscription.
    """

    url: str = field(repr=False)
    content: bytes
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    challenge: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class HttpChannel:
    """A channel whose messages are one POST each.

    `build` makes the request of a message, for the recipient and the id of the delivery. `accept`
    reads the reply and raises SendError if it is no success. `check_more` returns what else is
    wrong with values whose required fields and URLs are valid. `host_field` is the field whose URL
    names the receiving host, unless `host` is fixed.
    """

    kind: str
    name: str
    fields: Sequence[Field]
    build: Callable[[Message, Recipient, str], HttpRequest]
    accept: Callable[[HttpReply], Receipt]
    check_more: Callable[[Mapping[str, str]], Mapping[str, FieldProblem]] = lambda _values: {}
    host_field: str = "url"
    host: str | None = None
    is_room: bool = True
    retries: RetrySchedule = ROOM_RETRIES
    timeout_seconds: float = 20.0

    def check(self, values: Mapping[str, str]) -> Mapping[str, FieldProblem]:
        """Return the validation errors by field, empty when the values are valid."""
        problems = {
            each.name: problem
            for each in self.fields
            if (problem := _problem(each, values.get(each.name, ""))) is not None
        }
        return problems or self.check_more(values)

    def address(self, values: Mapping[str, str]) -> str:
        """Return the host that valid values name."""
        return self.host or host_of(values.get(self.host_field, ""))

    @asynccontextmanager
    async def open(
        self,
        outbound: Outbound,
        options: Mapping[str, Any],  # noqa: ARG002  # of the protocol
    ) -> AsyncIterator["_HttpSender"]:
        """Open a sender, which makes a request per message."""
        yield _HttpSender(self, outbound)


@dataclass(frozen=True, slots=True)
class _HttpSender:
    """Sends the messages of a channel. A failure never quotes a secret of the recipient."""

    _channel: HttpChannel
    _outbound: Outbound

    async def send(self, message: Message, to: Recipient, key: str) -> Receipt:
        """Send `message`. Raises SendError, nothing else."""
        try:
            request = self._channel.build(message, to, key)
            reply = await self._outbound.post(
                request.url,
                content=request.content,
                headers={"content-type": "application/json", **request.headers},
                timeout_seconds=self._channel.timeout_seconds,
            )
            receipt = self._channel.accept(reply)
            return replace(receipt, is_confirmed=_has_challenge(reply, request.challenge))
        except SendError as error:
            error.detail = _without_secrets(error.detail, to.secrets)
            raise


def check_reply(
    reply: HttpReply,
    *,
    gone: Collection[int] = (410,),
    temporary: Collection[int] = REFUSED_CREDENTIALS,
    retry_after: float | None = None,
) -> None:
    """Raise SendError unless the status is 2xx.

    `gone` are the statuses that say that the recipient has ceased to exist, `temporary` those 4xx
    that may succeed later besides 408, 425 and 429. `retry_after` is the wait that the body states,
    which has precedence over the header.
    """
    if 200 <= reply.status < 300:
        return
    is_gone = reply.status in gone
    may_succeed = reply.status >= 500 or reply.status in _TEMPORARY or reply.status in temporary
    wait = _stated_wait(reply) if retry_after is None else retry_after
    raise SendError(
        _code(reply.status, is_gone=is_gone),
        _detail(reply),
        is_permanent=is_gone or not may_succeed,
        is_gone=is_gone,
        retry_after=None if wait is None else min(max(wait, 0.0), _LONGEST_WAIT),
    )


def read_answer(reply: HttpReply) -> Mapping[str, Any]:
    """The JSON object in the body of a reply; empty when it is none."""
    try:
        answer = json.loads(reply.body)
    # RecursionError: 64 kB of opening brackets.
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def read_wait(value: object) -> float | None:
    """The seconds to wait that a body states; None when it states none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    # Compared before it becomes a float: an integer of 400 digits is none.
    return float(min(max(value, 0), _LONGEST_WAIT))


def _has_challenge(reply: HttpReply, challenge: str) -> bool:
    answered = read_answer(reply).get("challenge") if challenge else None
    return isinstance(answered, str) and hmac.compare_digest(answered.encode(), challenge.encode())


def _code(status: int, *, is_gone: bool) -> str:
    if is_gone:
        return "gone"
    if status in REFUSED_CREDENTIALS:
        return "credentials_refused"
    if 300 <= status < 400:
        return "redirected"
    return "rate_limited" if status == 429 else f"http_{status}"


def _stated_wait(reply: HttpReply) -> float | None:
    """The seconds of Retry-After (RFC 9110, 10.2.3), a date counted from the Date of the reply."""
    stated = reply.headers.get("retry-after", "").strip()
    if stated.isascii() and stated.isdecimal():
        return float(stated[:9])
    try:
        until = parsedate_to_datetime(stated)
        return (until - parsedate_to_datetime(reply.headers.get("date", ""))).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return None


def _detail(reply: HttpReply) -> str:
    excerpt = _CONTROL.sub(" ", reply.body[:2000].decode("utf-8", "replace")).strip()
    return f"{reply.status} {excerpt[:_DETAIL_CHARACTERS]}".strip()


def _without_secrets(detail: str, secrets: Mapping[str, str]) -> str:
    """The detail, with an ellipsis for each secret, and for each part of a secret URL."""
    hidden: set[str] = set()
    for secret in secrets.values():
        hidden.add(secret)
        hidden.update(part for part in re.split(r"[/?&=:@]+", secret) if len(part) >= _SECRET_PART)
    for each in sorted(hidden - {""}, key=len, reverse=True):
        detail = detail.replace(each, "…").replace(quote(each, safe=""), "…")
    return detail[:500]


def _problem(about: Field, value: str) -> FieldProblem | None:
    if not value.strip():
        return FieldProblem("required", "This field is required.") if about.is_required else None
    if _CONTROL.search(value):
        return FieldProblem("control_characters", "Control characters are not allowed.")
    if about.is_url and not host_of(value):
        return FieldProblem("not_a_url", "This is not an https address with a host name.")
    return None


def host_of(url: str) -> str:
    """The host of an http or https URL without user information, as A-labels; empty if none."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or "@" in parts.netloc or port == 0:
        return ""
    host = parts.hostname or ""
    literal = ip_literal(host)
    return str(literal) if literal else ascii_host(host) or ""


def with_query(url: str, added: Mapping[str, str]) -> str:
    """The URL with these parameters in its query, instead of those with one of their names."""
    parts = urlsplit(url)
    present = [pair for pair in parse_qsl(parts.query) if pair[0] not in added]
    return urlunsplit(parts._replace(query=urlencode([*present, *added.items()])))


def utf16_length(text: str) -> int:
    """The length of `text` in UTF-16 code units, as JavaScript and Telegram count it."""
    return len(text.encode("utf-16-le")) // 2


def cut(text: str, limit: int) -> str:
    """The text in at most `limit` UTF-16 code units, with an ellipsis if something is left out."""
    if utf16_length(text) <= limit:
        return text
    units = text.encode("utf-16-le")[: max(limit - 1, 0) * 2]
    return units.decode("utf-16-le", "ignore").rstrip() + "…"


def cut_bytes(text: str, limit: int) -> str:
    """The text in at most `limit` bytes of UTF-8, with an ellipsis if something is left out."""
    raw = text.encode()
    if len(raw) <= limit:
        return text
    return raw[: max(limit - 3, 0)].decode("utf-8", "ignore").rstrip() + "…"
