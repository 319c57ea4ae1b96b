"""Import of lists of subscribers who have agreed elsewhere: CSV or JSON Lines.

Lines with a fault are reported by number and left out; the report has no address.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from app.db.queries import services
from app.db.queries.page import page
from app.db.queries.subscribers import subscribers, suppressions
from app.db.tables import SubscriberRow
from app.domain.errors import InvalidError
from app.domain.notifications.events import IncidentLevel, MaintenanceLevel, NoticeEvent
from app.domain.notifications.states import ConfirmedVia, SubscriberState
from app.domain.notifications.subscribers.choices import Choices, Followed
from app.domain.permissions import Action
from app.domain.validation import check_past, check_text
from app.i18n.negotiate import lookup
from app.usecases import audit
from app.usecases.context import Ctx
from app.usecases.notices.personal import record_personal_notice
from app.usecases.subscribers.addresses.address_hashes import AddressHashes
from app.usecases.subscribers.addresses.mail_addresses import MailAddress, check_mail_address
from app.usecases.subscribers.availability import EMAIL
from app.usecases.subscribers.choices import apply_choices
from app.usecases.subscribers.requests.new_subscribers import new_subscriber

__all__ = [
    "BATCH",
    "ImportOptions",
    "ImportProblem",
    "ImportedBatch",
    "ListLine",
    "import_batch",
    "read_lines",
    "record_import",
]

BATCH = 200
_MAX_PROOF = 500
_MAX_LINE = 20_000
# With `ask`, mails to confirm leave at 20 a minute.
_ASK_INTERVAL = timedelta(seconds=3)
# Names of columns in lists of other systems, in lower case and without separators.
_ALIASES: Mapping[str, str] = {
    "email": "address",
    "emailaddress": "address",
    "mail": "address",
    "subscriberemail": "address",
    "type": "channel",
    "method": "channel",
    "recipient": "address",
    "locale": "language",
    "verifiedat": "confirmed_at",
    "confirmedat": "confirmed_at",
}
_COLUMNS = frozenset(
    {"channel", "address", "language", "services", "incidents", "maintenances", "confirmed_at"}
)

EnumT = TypeVar("EnumT", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class ListLine:
    """One line of a list: its number, and its values by column; None when it cannot be read."""

    number: int
    values: Mapping[str, str] | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """`confirmed` says where and when the people on the list have agreed.

    With `ask` each one is asked to confirm instead. `is_trial`: nothing is stored.
    """

    confirmed: str
    ask: bool = False
    is_trial: bool = False


@dataclass(frozen=True, slots=True)
class ImportProblem:
    """Why a line was left out, as a stable code."""

    number: int
    code: str


@dataclass(frozen=True, slots=True)
class ImportedBatch:
    """The result of one batch."""

    added: int
    problems: tuple[ImportProblem, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A valid line."""

    number: int
    address: MailAddress = field(repr=False)
    choices: Choices
    confirmed_at: datetime | None


def read_lines(text: str, *, is_json: bool) -> Iterator[ListLine]:
    """The lines of a list with their numbers in the file; empty ones are left out.

    Raises InvalidError when the list has no column with addresses.
    """
    return _json_lines(text) if is_json else _csv_lines(text)


def import_batch(
    ctx: Ctx,
    hashes: AddressHashes,
    lines: Sequence[ListLine],
    options: ImportOptions,
    *,
    seen: set[str],
    asked: int = 0,
) -> ImportedBatch:
    """Add the subscribers of some lines. For admins.

    `seen` are the address keys of earlier batches, to which those of this one are added; `asked`
    is how many of them were added. Raises ForbiddenError, InvalidError without `confirmed`.
    """
    ctx.require(Action.CONFIGURE)
    proof = check_text(options.confirmed, field="confirmed", limit=_MAX_PROOF)
    entries: list[_Entry] = []
    problems: list[ImportProblem] = []
    known_services = frozenset(row.slug for row in services.list_services(ctx.session))
    row = page.read_page(ctx.session)
    for line in lines:
        try:
            entry = _entry(ctx, line, (row.default_language, row.languages), known_services)
            if entry.address.key in seen:
                raise InvalidError("The address is in the list twice.", code="repeated")
            seen.add(entry.address.key)
            entries.append(entry)
        except InvalidError as error:
            problems.append(ImportProblem(line.number, error.code))
    allowed = list(_allowed(ctx, hashes, entries, problems))
    for position, entry in enumerate(allowed if not options.is_trial else ()):
        _add(ctx, entry, proof, due_at=_due_at(ctx, options, asked + position))
    return ImportedBatch(len(allowed), tuple(sorted(problems, key=lambda each: each.number)))


def record_import(ctx: Ctx, options: ImportOptions, added: int, left_out: int) -> None:
    """Record an import in the audit log. Raises ForbiddenError."""
    ctx.require(Action.CONFIGURE)
    after = {"added": added, "left_out": left_out, "asked": options.ask}
    audit.record(ctx, "subscriber.import", "subscriber", "", after=after)


def _due_at(ctx: Ctx, options: ImportOptions, position: int) -> datetime | None:
    return ctx.now + position * _ASK_INTERVAL if options.ask else None


def _allowed(
    ctx: Ctx, hashes: AddressHashes, entries: Sequence[_Entry], problems: list[ImportProblem]
) -> Iterator[_Entry]:
    """The entries whose addresses are neither known nor suppressed."""
    known = subscribers.known_keys(ctx.session, EMAIL, [each.address.key for each in entries])
    macs = {each.address.key: hashes.of_address(ctx, EMAIL, each.address.key) for each in entries}
    suppressed = suppressions.suppressed_among(ctx.session, macs.values())
    for entry in entries:
        if entry.address.key in known:
            problems.append(ImportProblem(entry.number, "known"))
        elif macs[entry.address.key] in suppressed:
            problems.append(ImportProblem(entry.number, "suppressed"))
        else:
            yield entry


def _add(ctx: Ctx, entry: _Entry, proof: str, *, due_at: datetime | None) -> None:
    row: SubscriberRow = new_subscriber(ctx, EMAIL, entry.address.address, entry.address.key)
    row.proof = proof
    if due_at is None:
        row.state, row.confirmed_via = SubscriberState.ACTIVE, ConfirmedVia.IMPORT
        row.confirmed_at = entry.confirmed_at or ctx.now
    else:
        # The 48 hours to confirm begin when the mail is sent.
        row.created_at = due_at
    apply_choices(ctx, row, entry.choices)
    if due_at is not None:
        record_personal_notice(ctx, row, NoticeEvent.SUBSCRIPTION_CONFIRM, {}, due_at=due_at)


def _entry(
    ctx: Ctx,
    line: ListLine,
    published: tuple[str, Sequence[str]],
    known_services: frozenset[str],
) -> _Entry:
    """The entry of a line. Raises InvalidError."""
    if line.values is None:
        raise InvalidError("The line cannot be read.", code="unreadable")
    values = line.values
    if values.get("channel", "").strip().lower() not in {"", EMAIL, "e-mail", "mail"}:
        raise InvalidError("Only mail addresses are imported.", code="unsupported_channel")
    slugs = tuple(dict.fromkeys(values.get("services", "").replace(";", " ").split()))
    if not known_services.issuperset(slugs):
        raise InvalidError("There is no such service.", code="unknown_service")
    default, languages = published
    choices = Choices(
        lookup(values.get("language", ""), languages) or default,
        Followed(slugs),
        _level(IncidentLevel, values.get("incidents", ""), IncidentLevel.ALL),
        _level(MaintenanceLevel, values.get("maintenances", ""), MaintenanceLevel.PLANNED),
    )
    address = check_mail_address(values.get("address", ""))
    return _Entry(line.number, address, choices, _time(ctx, values.get("confirmed_at", "")))


def _level(kind: type[EnumT], value: str, default: EnumT) -> EnumT:
    try:
        return kind(value.strip().lower()) if value.strip() else default
    except ValueError:
        raise InvalidError("There is no such level.", code="unknown_choice") from None


def _time(ctx: Ctx, text: str) -> datetime | None:
    if not text.strip():
        return None
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InvalidError("This is not a time (RFC 3339).", code="invalid_time") from None
    if at.tzinfo is None:
        # Other systems export UTC without saying so.
        at = at.replace(tzinfo=ctx.now.tzinfo)
    return check_past(at, now=ctx.now, field="confirmed_at")


# -- formats -----------------------------------------------------------------------------------


def _csv_lines(text: str) -> Iterator[ListLine]:
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    header = _header(next(reader, []))
    for row in _rows(reader):
        number, cells = row
        if cells is None:
            yield ListLine(number, None)
        elif any(each.strip() for each in cells):
            yield ListLine(number, _named(dict(zip(header, cells, strict=False))))


def _rows(reader: Any) -> Iterator[tuple[int, list[str] | None]]:  # noqa: ANN401  # csv's own type
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield reader.line_num, None
        else:
            yield reader.line_num, cells


def _header(cells: Sequence[str]) -> tuple[str, ...]:
    names = tuple(map(_column, cells))
    if "address" not in names:
        raise InvalidError(
            "The first line names the columns; one of them is address or email.",
            code="no_address_column",
        )
    return names


def _json_lines(text: str) -> Iterator[ListLine]:
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        if line.strip():
            yield ListLine(number, _json_values(line))


def _json_values(line: str) -> Mapping[str, str] | None:
    if len(line) > _MAX_LINE:
        return None
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    return _named({_column(name): _joined(value) for name, value in found.items()})


def _joined(value: object) -> str:
    if isinstance(value, list):
        return " ".join(each for each in value if isinstance(each, str))
    return value if isinstance(value, str) else ""


def _named(values: Mapping[str, str]) -> Mapping[str, str]:
    return {name: value for name, value in values.items() if name in _COLUMNS}


def _column(name: str) -> str:
    folded = name.strip().lower()
    bare = folded.replace("_", "").replace("-", "").replace(" ", "")
    return _ALIASES.get(bare, folded)
