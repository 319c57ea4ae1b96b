"""Registry of channels: one file and one registry line per kind."""

from collections.abc import Mapping
from types import MappingProxyType

from app.channels import (
    apprise,
    discord,
    email,
    google_chat,
    mattermost,
    ntfy,
    slack,
    sms,
    teams,
    telegram,
    web_push,
    webhook,
)
from app.ports.channel import Channel

__all__ = ["CHANNELS"]

CHANNELS: Mapping[str, Channel] = MappingProxyType(
    {
        "apprise": apprise.CHANNEL,
        "discord": discord.CHANNEL,
        "email": email.CHANNEL,
        "google_chat": google_chat.CHANNEL,
        "mattermost": mattermost.CHANNEL,
        "ntfy": ntfy.CHANNEL,
        "slack": slack.CHANNEL,
        "sms": sms.CHANNEL,
        "teams": teams.CHANNEL,
        "telegram": telegram.CHANNEL,
        "web_push": web_push.CHANNEL,
        "webhook": webhook.CHANNEL,
    }
)
