"""Reports about mails: failures (RFC 3464), complaints (RFC 5965), unsubscribing by mail.

A report may be forged: only the address that it names, with the MAC of a delivery, counts.
"""

import email
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import MessageError
from email.message import Message
from email.utils import parsedate_to_datetime
from enum import StrEnum

__all__ = ["LONGEST_REPORT", "BounceReport", "ReportKind", "is_address_gone", "read_report"]

# The parts that matter come first; after them comes the mail that bounced.
LONGEST_REPORT = 262_144
_MOST_PARTS = 50
_RECIPIENT_HEADERS = ("Delivered-To", "X-Original-To", "Envelope-To", "To")
_ORIGINAL_HEADERS = ("Return-Path", "List-Unsubscribe", "Original-Mail-From")
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*/=?^_`{|}~.+-]+@[A-Za-z0-9.-]+")
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_BAD_SENDER = frozenset({"5.1.7", "5.1.8"})


class ReportKind(StrEnum):
    """What a report says."""

    FAILED = "failed"
    DELAYED = "delayed"
    COMPLAINT = "complaint"
    NOT_SPAM = "not_spam"
    UNSUBSCRIBE = "unsubscribe"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class BounceReport:
    """A report as read. `addresses` are all that may be the envelope address of the mail.

    `status` is the code of RFC 3463, None without one; `reported_at` is the date in its header.
    """

    kind: ReportKind
    addresses: tuple[str, ...] = ()
    status: str | None = None
    reported_at: datetime | None = None


def is_address_gone(status: str | None) -> bool:
    """Whether the mailbox does not exist: 5.1.x about the recipient, or 5.0.0, as Exim writes."""
    if status is None:
        return False
    return status == "5.0.0" or (status.startswith("5.1.") and status not in _BAD_SENDER)


def read_report(content: bytes) -> BounceReport:
    """The report in a mail; kind `other` for anything that is none. Any bytes are read."""
    try:
        report = email.message_from_bytes(content[:LONGEST_REPORT])
        parts = _parts(report)
        addresses = tuple(dict.fromkeys(_addresses(report, parts)))
        kind, status = _kind(report, parts)
        return BounceReport(kind, addresses, status, _date(report))
    # The parser of the library raises these for some headers that it cannot read.
    except (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return BounceReport(ReportKind.OTHER)


def _parts(report: Message) -> Sequence[Message]:
    found: list[Message] = []
    for part in report.walk():
        found.append(part)
        if len(found) == _MOST_PARTS:
            break
    return found


def _kind(report: Message, parts: Sequence[Message]) -> tuple[ReportKind, str | None]:
    for part in parts:
        if part.get_content_type() == "message/feedback-report":
            return _feedback(part), None
    for part in parts:
        if part.get_content_type() == "message/delivery-status":
            return _delivery_status(part)
    is_automatic = _text(report, "Auto-Submitted").casefold() not in {"", "no"}
    if not is_automatic and "unsubscribe" in _text(report, "Subject").casefold():
        return ReportKind.UNSUBSCRIBE, None
    return ReportKind.OTHER, None


def _feedback(part: Message) -> ReportKind:
    fields = _fields(part)
    kind = fields.get("feedback-type", "").casefold()
    if kind == "not-spam":
        return ReportKind.NOT_SPAM
    return ReportKind.COMPLAINT if kind in {"abuse", "fraud"} else ReportKind.OTHER


def _delivery_status(part: Message) -> tuple[ReportKind, str | None]:
    """The outcome for the recipient: a mail of ours has only one."""
    fields = _fields(part)
    action = fields.get("action", "").casefold().partition(" ")[0]
    match = _STATUS.search(fields.get("status", ""))
    status = match[0] if match else None
    if action == "failed":
        return ReportKind.FAILED, status
    return ReportKind.DELAYED if action == "delayed" else ReportKind.OTHER, status


def _fields(part: Message) -> dict[str, str]:
    """The fields of all blocks of a part, with lower-case names; the first of a name counts."""
    fields: dict[str, str] = {}
    for block in part.walk():
        for name, value in block.items():
            fields.setdefault(name.casefold(), str(value).strip())
        payload = block.get_payload()
        # A feedback report is text to the parser; a truncated status report may be.
        for line in payload.splitlines()[:100] if isinstance(payload, str) else ():
            name, colon, value = line.partition(":")
            if colon:
                fields.setdefault(name.strip().casefold(), value.strip())
    return fields


def _addresses(report: Message, parts: Sequence[Message]) -> Iterator[str]:
    for name in _RECIPIENT_HEADERS:
        for value in report.get_all(name, []):
            yield from _ADDRESS.findall(str(value)[:2000])
    for part in parts:
        for name in _ORIGINAL_HEADERS:
            for value in part.get_all(name, []):
                yield from _ADDRESS.findall(str(value)[:2000])
        if part.get_content_type() in {"message/feedback-report", "text/rfc822-headers"}:
            payload = part.get_payload()
            for block in payload if isinstance(payload, list) else [payload]:
                yield from _ADDRESS.findall(str(block)[:20_000])


def _text(report: Message, name: str) -> str:
    return str(report.get(name, "")).strip()


def _date(report: Message) -> datetime | None:
    try:
        found = parsedate_to_datetime(_text(report, "Date"))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
