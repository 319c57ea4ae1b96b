"""Import of subscribers: as they were on the former page, and without a mail to anybody."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.db.queries import services
from app.db.queries.page import page
from app.db.queries.subscribers import subscribers, suppressions
from app.db.tables import SubscriberRow
from app.domain.errors import ConflictError, InvalidError
from app.domain.notifications.states import ConfirmedVia, SubscriberState
from app.domain.notifications.subscribers.choices import Choices, Followed
from app.i18n.negotiate import lookup
from app.ports.importer import ReportEntry
from app.usecases.context import Ctx
from app.usecases.imports.prepared import Prepared
from app.usecases.imports.report import ItemOutcome
from app.usecases.imports.state import ImportState, Known, changed_fields
from app.usecases.subscribers.addresses.address_hashes import AddressHashes
from app.usecases.subscribers.addresses.mail_addresses import MailAddress, check_mail_address
from app.usecases.subscribers.availability import EMAIL
from app.usecases.subscribers.choices import apply_choices
from app.usecases.subscribers.requests.new_subscribers import new_subscriber

__all__ = ["AddRoom", "SubscriberWriter"]

# Adds a room of a channel for a URL, with its choices; returns the id of its row.
AddRoom = Callable[[Ctx, str, str, Choices], int]
_ROOMS = frozenset({"slack", "webhook"})


@dataclass
class _Merged:
    """Subscribers of one address: confirmed beats unconfirmed, everything beats some services."""

    item: Prepared
    address: MailAddress = field(repr=False)
    confirmed: bool
    services: list[str] | None
    since: str | None


class SubscriberWriter:
    """Writes subscribers. Without `hashes` and `add_room`, their kinds are left out."""

    def __init__(
        self, state: ImportState, hashes: AddressHashes | None, add_room: AddRoom | None
    ) -> None:
        self._state = state
        self._hashes = hashes
        self._add_room = add_room

    def write(self, items: Sequence[Prepared]) -> None:
        """Import subscribers, all of which are checked."""
        merged: dict[str, _Merged] = {}
        for item in items:
            if item.content["channel"] == EMAIL:
                self._merge(item, merged)
            elif item.content["channel"] in _ROOMS and self._add_room is not None:
                self._write_room(item)
            else:
                self._skip("skipped.channel", item)
        suppressed = self._suppressed(merged)
        for key, each in merged.items():
            if key in suppressed:
                self._skip("skipped.quarantined", each.item)
            else:
                self._write_address(each)

    def _merge(self, item: Prepared, merged: dict[str, _Merged]) -> None:
        content = item.content
        try:
            address = check_mail_address(content["address"])
        except InvalidError:
            self._skip("skipped.broken", item)
            return
        if self._follows_nothing(item):
            return
        first = merged.get(address.key)
        if first is None:
            merged[address.key] = _Merged(
                item, address, content["confirmed"], content["services"], content["since"]
            )
            return
        self._skip("skipped.duplicate", item)
        first.confirmed = first.confirmed or content["confirmed"]
        if first.services is not None:
            both = content["services"]
            first.services = None if both is None else [*dict.fromkeys([*first.services, *both])]

    def _follows_nothing(self, item: Prepared) -> bool:
        """Whether no service is left that a subscriber follows; it is skipped then."""
        services = item.content["services"]
        if services is None or services:
            return False
        self._skip("skipped.no_service", item)
        return True

    def _suppressed(self, merged: Mapping[str, _Merged]) -> set[str]:
        """The address keys to which nothing is sent any more."""
        if self._hashes is None or not merged:
            return set()
        ctx = self._state.ctx
        macs = {self._hashes.of_address(ctx, EMAIL, key): key for key in merged}
        found = suppressions.suppressed_among(ctx.session, macs)
        return {macs[mac] for mac in found}

    def _write_address(self, merged: _Merged) -> None:
        state, item = self._state, merged.item
        known = state.known(item)
        if known is not None:
            # Who unsubscribed here stays so, whatever the options: the consent has ended.
            self._write_known(merged, known)
            return
        taken = subscribers.known_keys(state.ctx.session, EMAIL, [merged.address.key])
        if taken:
            self._skip("skipped.duplicate", item)
            return
        state.report.note(item.kind, ItemOutcome.NEW)
        if not state.is_trial:
            self._insert(merged)

    def _write_known(self, merged: _Merged, known: Known) -> None:
        """Confirm a subscriber who has confirmed there since; nothing else is changed."""
        state, item = self._state, merged.item
        if not state.is_present(item.kind, known):
            state.report.change(item.kind, item.ref, ItemOutcome.DELETED)
            return
        row = state.ctx.session.get(SubscriberRow, known.subject_id)
        if row is None or not merged.confirmed or row.state != SubscriberState.PENDING:
            state.report.note(item.kind, ItemOutcome.UNCHANGED)
            return
        fields = changed_fields({"confirmed": (False, True)})
        state.report.change(item.kind, item.ref, ItemOutcome.CHANGED, fields)
        if not state.is_trial:
            self._confirm(row, state.time(merged.since))
            state.renew(item, known)

    @staticmethod
    def _confirm(row: SubscriberRow, at: datetime) -> None:
        row.state, row.confirmed_via = SubscriberState.ACTIVE, ConfirmedVia.IMPORT
        row.confirmed_at = at

    def _insert(self, merged: _Merged) -> None:
        state, item = self._state, merged.item
        row: SubscriberRow = new_subscriber(
            state.ctx, EMAIL, merged.address.address, merged.address.key
        )
        since = state.time(merged.since)
        row.created_at = since
        row.public_id = state.free_public_id(SubscriberRow, item.content["id"])
        if merged.confirmed:
            self._confirm(row, since)
        row.proof = f"{state.source.kind}: {state.source.name or state.source.instance}"[:500]
        apply_choices(state.ctx, row, self._choices(item, merged.services))
        state.remember(item, row.id or 0)

    def _choices(self, item: Prepared, followed: Sequence[str] | None) -> Choices:
        settings = page.read_page(self._state.ctx.session)
        wanted = item.content["language"] or ""
        language = lookup(wanted, settings.languages) or settings.default_language
        if followed is None:
            return Choices(language, Followed())
        ids = [self._state.service_ids[ref] for ref in followed]
        rows = services.services_by_id(self._state.ctx.session, ids)
        return Choices(language, Followed(tuple(rows[each].slug for each in ids)))

    def _write_room(self, item: Prepared) -> None:
        state, known = self._state, self._state.known(item)
        if self._follows_nothing(item):
            return
        if known is not None:
            present = state.is_present(item.kind, known)
            state.report.note(item.kind, ItemOutcome.UNCHANGED if present else ItemOutcome.DELETED)
            return
        if not item.content["confirmed"]:
            # A room has no state in which it waits for a confirmation.
            self._skip("skipped.channel", item)
            return
        if state.is_trial or self._add_room is None:
            state.report.note(item.kind, ItemOutcome.NEW)
            return
        try:
            choices = self._choices(item, item.content["services"])
            number = self._add_room(
                state.ctx, item.content["channel"], item.content["address"], choices
            )
        except (ConflictError, InvalidError):
            # The URL has a room already, or is none that may be called.
            self._skip("skipped.channel", item)
            return
        state.report.note(item.kind, ItemOutcome.NEW)
        state.remember(item, number)

    def _skip(self, code: str, item: Prepared) -> None:
        self._state.report.count("subscribers", -1)
        self._state.report.add(ReportEntry(code, item.ref))
