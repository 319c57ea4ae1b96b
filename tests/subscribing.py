"""Steps of tests about subscribers: mail that is set up, requests, and links."""

from typing import Any

from sqlmodel import select

from app.db.tables import DeliveryRow, NoticeRow, SubscriberRow
from app.domain.notifications.subscribers.choices import Choices
from app.domain.notifications.subscribers.link_tokens import LinkPurpose, token
from app.usecases.context import NOBODY
from app.usecases.encryption import SecretBox
from app.usecases.subscribers.addresses.address_hashes import AddressHashes
from app.usecases.subscribers.availability import record_mail_setup
from app.usecases.subscribers.requests import confirmation
from app.usecases.subscribers.requests.confirmation import ConfirmationTools
from app.usecases.subscribers.requests.form_requests import FormRequest, record_request
from app.usecases.subscribers.requests.request_handling import handle_next_request
from tests.cast import Backend
from tests.fakes import fake_hashes

__all__ = ["HASHES", "VERA", "Subscribing", "tools_of"]

HASHES = fake_hashes()
VERA = "vera@example.net"


def tools_of(hashes: AddressHashes = HASHES) -> ConfirmationTools:
    """What subscriptions are confirmed with, as the worker and the pages do."""
    return ConfirmationTools(hashes, SecretBox(lambda: b"k" * 32))


class Subscribing:
    """A backend whose page offers subscriptions by mail."""

    def __init__(self, backend: Backend, hashes: AddressHashes = HASHES) -> None:
        self.backend = backend
        self.hashes = hashes
        with backend.writing() as ctx:
            record_mail_setup(ctx, is_set_up=True)

    def request(self, address: str = VERA, *, place: str = "192.0.2.1", **more: Any) -> None:  # noqa: ANN401
        """Submit the form, as a visitor does."""
        choices = more.pop("choices", Choices("en"))
        with self.backend.database.writing(NOBODY) as ctx:
            record_request(ctx, self.hashes, FormRequest(address, choices, place, **more))

    def handle(self) -> None:
        """Handle all requests, as the worker does."""
        with self.backend.writing() as ctx:
            while handle_next_request(ctx, self.hashes):
                pass

    def row(self, address: str = VERA) -> SubscriberRow | None:
        """The subscriber with this address."""
        with self.backend.reading() as ctx:
            found = ctx.session.exec(
                select(SubscriberRow).where(SubscriberRow.address == address)
            ).first()
            if found is not None:
                ctx.session.expunge(found)
            return found

    def link(self, purpose: LinkPurpose, address: str = VERA) -> str:
        """The token of a subscriber, as it is in a link of a mail."""
        row = self.row(address)
        assert row is not None
        return token(row.public_id, row.secret, purpose)

    def subscribe(self, address: str = VERA, **more: Any) -> None:  # noqa: ANN401
        """Submit the form and confirm."""
        self.request(address, **more)
        self.handle()
        with self.backend.writing() as ctx:
            link = self.link(LinkPurpose.CONFIRM, address)
            confirmation.confirm(ctx, tools_of(self.hashes), link, wording="form 1")

    def mails(self) -> list[tuple[str, str]]:
        """The event and the state of each delivery, oldest first."""
        with self.backend.reading() as ctx:
            found = ctx.session.exec(
                select(NoticeRow.event, DeliveryRow.state)
                .where(NoticeRow.id == DeliveryRow.notice_id)
                .order_by(DeliveryRow.id)  # type: ignore[arg-type]
            )
            return list(found)
