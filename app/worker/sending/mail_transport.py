"""Mail of this installation: the transport and the channel options that the settings describe."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from app.net.mail.dkim import DkimSigner, read_key
from app.net.mail.transport import MailTransport
from app.settings import Settings

__all__ = ["email_options", "mail_transport"]


def mail_transport(settings: Settings) -> MailTransport:
    """The transport to the relay or the folder of FYR_SMTP_URL.

    Raises DkimError when the file of FYR_DKIM_KEY was removed after the start.
    """
    return MailTransport(
        settings.relay,
        name=_name(settings.base_url),
        messages_per_connection=settings.smtp_messages_per_connection,
        signer=_signer(settings),
    )


def email_options(settings: Settings) -> Mapping[str, str]:
    """The options of the channel `email` that settings give."""
    return {
        "mail_from": settings.mail_from,
        "bounce_address": settings.bounce_address,
        "base_url": settings.base_url,
    }


def _name(base_url: str) -> str:
    """How this machine introduces itself: the host of the page, or an address literal."""
    host = urlsplit(base_url).hostname or "localhost"
    if ":" in host:
        return f"[IPv6:{host}]"  # RFC 5321 section 4.1.3
    return f"[{host}]" if host.replace(".", "").isdigit() else host


def _signer(settings: Settings) -> DkimSigner | None:
    if settings.dkim_key == Path():
        return None
    domain = settings.mail_from.rpartition("@")[2]
    return DkimSigner(domain, settings.dkim_selector, read_key(settings.dkim_key))
