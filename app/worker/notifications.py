"""Jobs of the worker that notify subscribers, made from the settings of the installation."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from app.channels import CHANNELS
from app.domain.ownership import ActorKind
from app.net.guard import Guard
from app.net.outbound import GuardedOutbound
from app.ports.channel import Channel
from app.secret_keys import address_hashes
from app.settings import Settings
from app.usecases.context import Actor
from app.usecases.database import Database
from app.usecases.encryption import SecretBox
from app.usecases.outbox import upkeep
from app.usecases.outbox.recipients import RecipientMaker
from app.usecases.users import staff_mail_outbox
from app.worker.bounce_reader import BounceReader
from app.worker.fan_out import FanOut
from app.worker.sending.deliver import Deliverer
from app.worker.sending.lanes import SendingRules
from app.worker.sending.mail_transport import email_options, mail_transport
from app.worker.sending.messages import MessageSource, render
from app.worker.sending.staff_mailer import StaffMailer
from app.worker.windows import WindowClock

__all__ = ["NotificationJobs", "notification_jobs", "usable_channels"]

_ACTOR = Actor(ActorKind.WORKER, "worker")
_EMAIL, _WEB_PUSH = "email", "web_push"
_EVERY_HOUR = 3600.0
_REST_SECONDS = 0.05
_LAST_CLAIM_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class NotificationJobs:
    """Notices of the clock, fan-out, deliveries, and retention after `delivery_days`.

    `staff_mailer` is None where mail is not set up, `bounce_reader` where no mailbox is read.
    """

    windows: WindowClock
    fan_out: FanOut
    deliverer: Deliverer
    delivery_days: int
    staff_mailer: StaffMailer | None = None
    bounce_reader: BounceReader | None = None

    async def delete_expired(self) -> float:
        """Delete a batch whose retention has ended; return the seconds until the next call."""
        has_more = await asyncio.to_thread(self._delete_batch)
        return _REST_SECONDS if has_more else _EVERY_HOUR

    async def close(self, deliver: asyncio.Task[None]) -> None:
        """End the deliverer, whose job runs in the task `deliver`."""
        self.deliverer.wake()
        await asyncio.wait({deliver}, timeout=_LAST_CLAIM_SECONDS)
        deliver.cancel()
        await asyncio.gather(deliver, return_exceptions=True)
        await self.deliverer.close()

    def _delete_batch(self) -> bool:
        with self.deliverer.database.writing(_ACTOR) as ctx:
            staff_mail_outbox.delete_old(ctx)
            return upkeep.delete_expired(ctx, self.delivery_days)


def usable_channels(settings: Settings) -> Mapping[str, Channel]:
    """The channels that can send: without FYR_SMTP_URL, all but e-mail."""
    return {
        kind: channel
        for kind, channel in CHANNELS.items()
        if kind != _EMAIL or settings.mail_is_set_up
    }


def notification_jobs(settings: Settings, database: Database, box: SecretBox) -> NotificationJobs:
    """The jobs. Call it in the event loop. Raises DkimError when FYR_DKIM_KEY cannot be read."""
    transport = mail_transport(settings)
    channels = usable_channels(settings)
    outbound = GuardedOutbound(
        Guard(settings.allowed_networks), transport.open if settings.mail_is_set_up else None
    )
    deliverer = Deliverer(
        database,
        channels,
        outbound,
        MessageSource(database, render, settings.base_url),
        RecipientMaker(box, settings.base_url),
        settings.data_dir / "outbox",
        address_hashes(settings),
        SendingRules(
            coalesce=timedelta(seconds=settings.coalesce_seconds),
            connections={_EMAIL: settings.smtp_connections},
            rates={_EMAIL: settings.smtp_rate} if settings.smtp_rate else {},
            options={_EMAIL: email_options(settings), _WEB_PUSH: {"contact": _contact(settings)}},
        ),
    )
    return NotificationJobs(
        WindowClock(database),
        FanOut(database, channels, deliverer.wake),
        deliverer,
        settings.delivery_days,
        StaffMailer(database, outbound, settings.mail_from, settings.base_url)
        if settings.mail_is_set_up
        else None,
        _bounce_reader(settings, database),
    )


def _bounce_reader(settings: Settings, database: Database) -> BounceReader | None:
    mailbox = settings.bounce_mailbox
    if mailbox is None:
        return None
    hashes = address_hashes(settings)
    return BounceReader(database, hashes, mailbox, settings.bounce_address)


def _contact(settings: Settings) -> str:
    """Where a push service can write to (RFC 8292, section 2.1)."""
    return f"mailto:{settings.mail_from}" if settings.mail_from else settings.base_url
