"""Subscribers of the demo, in three languages. Their mails are files, which `MailSink` shows."""

from contextlib import suppress

from app.domain.errors import ConflictError
from app.domain.notifications.subscribers.choices import Choices
from app.usecases.context import Ctx
from app.usecases.subscribers.addresses.address_hashes import AddressHashes
from app.usecases.subscribers.administration import add_subscriber

__all__ = ["add_demo_subscribers"]

_ADDRESSES = {
    "en": "vera@netpark.example",
    "sv": "stina@netpark.example",
    "ar": "amal@netpark.example",
}


def add_demo_subscribers(ctx: Ctx, hashes: AddressHashes) -> None:
    """Add the subscribers; one that is there already, or has unsubscribed, stays so."""
    for language, address in _ADDRESSES.items():
        with suppress(ConflictError):
            add_subscriber(ctx, hashes, address, Choices(language), vouched="They are invented.")
