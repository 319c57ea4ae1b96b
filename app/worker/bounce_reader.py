"""Job of the worker that reads bounces from the IMAP folder of FYR_BOUNCE_IMAP_URL."""

import asyncio
import logging
from dataclasses import dataclass
from ipaddress import ip_network
from ssl import SSLContext, create_default_context

import certifi

from app.domain.errors import UnavailableError
from app.domain.ownership import ActorKind
from app.net.addresses import Address
from app.net.errors import OutboundError
from app.net.guard import Guard, Resolver, system_resolver
from app.net.mail.mailbox import Mailbox, MailboxError, MailboxSession
from app.usecases.context import Actor
from app.usecases.database import Database
from app.usecases.subscribers.addresses.address_hashes import AddressHashes
from app.usecases.subscribers.addresses.bounces import take_report

__all__ = ["BounceReader"]

_log = logging.getLogger(__name__)

_ACTOR = Actor(ActorKind.WORKER, "worker")
_EVERY_MINUTE, _AFTER_FAILURE = 60.0, 300.0
_MOST_AT_ONCE = 50
# The mailbox is the operator's, and is often in a private network.
_EVERY_NETWORK = (ip_network("0.0.0.0/0"), ip_network("::/0"))


@dataclass(slots=True)
class BounceReader:
    """Takes the reports in a mailbox. A mail is marked when what it changed is committed."""

    database: Database
    hashes: AddressHashes
    mailbox: Mailbox
    bounce_address: str
    resolver: Resolver = system_resolver
    context: SSLContext | None = None

    async def run_due(self) -> float:
        """Take the new mails; return the seconds until the next call."""
        guard = Guard(_EVERY_NETWORK, self.resolver)
        try:
            addresses = await guard.addresses(self.mailbox.host, self.mailbox.port)
            has_more = await asyncio.to_thread(self._take_all, addresses)
        except OutboundError:
            _log.warning("bounce.mailbox_failed code=dns_failed")
            return _AFTER_FAILURE
        except MailboxError as error:
            _log.warning("bounce.mailbox_failed code=%s", error.code)
            return _AFTER_FAILURE
        return 1.0 if has_more else _EVERY_MINUTE

    def _take_all(self, addresses: tuple[Address, ...]) -> bool:
        """Whether there may be more mails."""
        if self.context is None:
            self.context = create_default_context()
            self.context.load_verify_locations(certifi.where())
        session = MailboxSession(self.mailbox, addresses, self.context)
        try:
            uids = session.new_mails(_MOST_AT_ONCE)
            for uid in uids:
                content = session.mail(uid)
                if content is not None:
                    self._take(content)
                session.mark_taken(uid)
        finally:
            session.close_session()
        return len(uids) == _MOST_AT_ONCE

    def _take(self, content: bytes) -> None:
        """Act on one report. Raises UnavailableError: nothing is marked then."""
        try:
            with self.database.writing(_ACTOR) as ctx:
                take_report(ctx, self.hashes, content, bounce_address=self.bounce_address)
        except UnavailableError:
            raise
        except Exception:  # noqa: BLE001  # one mail must not hold up the others
            _log.exception("bounce.not_taken")
