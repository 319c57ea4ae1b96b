"""Jobs of the worker that notify subscribers, made from the settings of the installation."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.channels import CHANNELS
from app.net.guard import Guard
from app.net.outbound import GuardedOutbound
from app.ports.channel import Channel
from app.settings import Settings
from app.usecases.database import Database
from app.usecases.encryption import SecretBox
from app.usecases.outbox.recipients import RecipientMaker
from app.worker.deliver import Deliverer, SendingRules
from app.worker.fan_out import FanOut
from app.worker.mail_transport import email_options, mail_transport
from app.worker.messages import MessageSource, render

__all__ = ["NotificationJobs", "notification_jobs", "usable_channels"]

_EMAIL = "email"


@dataclass(frozen=True, slots=True)
class NotificationJobs:
    """The job that makes deliveries and the one that sends them."""

    fan_out: FanOut
    deliverer: Deliverer


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
    deliverer = Deliverer(
        database,
        channels,
        GuardedOutbound(
            Guard(settings.allowed_networks),
            transport.open if settings.mail_is_set_up else None,
        ),
        MessageSource(database, render, settings.base_url),
        RecipientMaker(box, settings.base_url),
        settings.data_dir / "outbox",
        SendingRules(
            connections={_EMAIL: settings.smtp_connections},
            rates={_EMAIL: settings.smtp_rate} if settings.smtp_rate else {},
            options={_EMAIL: email_options(settings)},
        ),
    )
    return NotificationJobs(FanOut(database, channels, deliverer.wake), deliverer)
