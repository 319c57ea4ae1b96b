"""SMS, by the API of Twilio, which other providers offer too: at most two segments a message."""

import base64
import re
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from app.domain.texts.phrases import N_
from app.net.http_channel import HttpChannel, HttpRequest, check_reply, read_answer, utf16_length
from app.ports.channel import (
    Card,
    Field,
    FieldProblem,
    HttpReply,
    Message,
    Receipt,
    Recipient,
    SendError,
)

__all__ = ["CHANNEL", "fits_two_segments"]

# 3GPP TS 23.038, 6.2.1: the default alphabet, and the characters that take two places in it.
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€")
_SEGMENT_7, _SEGMENT_16, _SEGMENTS = 153, 67, 2
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_SID = re.compile(r"[A-Za-z0-9]{2,64}")
# Twilio's error codes: the recipient opted out; no valid number; no mobile number.
_GONE = frozenset({21610, 21211, 21614})


def fits_two_segments(text: str) -> bool:
    """Whether a text takes at most two segments, in the alphabet that it needs."""
    if all(each in _BASIC or each in _EXTENDED for each in text):
        places = sum(2 if each in _EXTENDED else 1 for each in text)
        return places <= _SEGMENT_7 * _SEGMENTS
    return utf16_length(text) <= _SEGMENT_16 * _SEGMENTS


def _build(message: Message, to: Recipient, _key: str) -> HttpRequest:
    account = str(to.options["account"])
    sender = str(to.options["sender"])
    field = (
        "From" if sender.startswith("+") or not sender.startswith("MG") else "MessagingServiceSid"
    )
    form = {"To": to.options["number"], field: sender, "Body": _text(message.card)}
    server = str(to.options["server"]).rstrip("/")
    credentials = base64.b64encode(f"{account}:{to.secrets['token']}".encode()).decode()
    return HttpRequest(
        f"{server}/2010-04-01/Accounts/{quote(account, safe='')}/Messages.json",
        urlencode(form).encode(),
        {
            "authorization": f"Basic {credentials}",
            "content-type": "application/x-www-form-urlencoded",
        },
    )


def _text(card: Card) -> str:
    """The page, the headline and the link, and as much of the text as two segments hold."""
    start, end = f"{card.page_name}: {card.headline}", f"\n{card.url}"
    whole = f"{start}\n{card.body}{end}"
    if fits_two_segments(whole):
        return whole
    body = f"{start}\n{card.body}"
    # The longest beginning that fits; its alphabet may need more places than that of its parts.
    shortest, longest = 0, len(body)
    while shortest < longest:
        middle = (shortest + longest + 1) // 2
        if fits_two_segments(f"{body[:middle].rstrip()}...{end}"):
            shortest = middle
        else:
            longest = middle - 1
    return f"{body[:shortest].rstrip()}...{end}"


def _accept(reply: HttpReply) -> Receipt:
    answer = read_answer(reply)
    code = answer.get("code")
    if isinstance(code, int) and code in _GONE:
        raise SendError("gone", f"error {code}", is_permanent=True, is_gone=True)
    check_reply(reply, gone=())
    # A message that could not be sent is created as well.
    if answer.get("status") in {"failed", "undelivered"}:
        raise SendError("refused", f"error {answer.get('error_code')}"[:100], is_permanent=True)
    return Receipt(external_id=str(answer.get("sid", ""))[:64] or None)


def _check(values: Mapping[str, str]) -> Mapping[str, FieldProblem]:
    problems = {}
    if not _NUMBER.fullmatch(values["number"].strip()):
        message = "Write the number with its country code, such as +46701234567."
        problems["number"] = FieldProblem("not_a_phone_number", message)
    if not _SID.fullmatch(values["account"].strip()):
        problems["account"] = FieldProblem("not_an_account", "Give the SID of the account.")
    return problems


CHANNEL = HttpChannel(
    kind="sms",
    name="SMS",
    fields=(
        Field("number", N_("Phone number"), N_("With its country code, such as +46701234567.")),
        Field("server", N_("Server"), N_("Such as https://api.twilio.com."), is_url=True),
        Field("account", N_("Account SID")),
        Field("token", N_("Auth token"), is_secret=True),
        Field("sender", N_("Sender"), N_("A number, or the SID of a messaging service.")),
    ),
    build=_build,
    accept=_accept,
    check_more=_check,
    host_field="server",
)
