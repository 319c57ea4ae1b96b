"""`fyr mail check` sends a test mail and judges the settings; `fyr bounce` takes a report."""

import asyncio
import sys
from typing import Annotated

import typer

from app.channels import CHANNELS
from app.cli.database import open_database
from app.domain.errors import FyrError
from app.domain.notifications.bounce_reports import LONGEST_REPORT
from app.domain.notifications.events import NoticeEvent
from app.domain.notifications.notice import Notice
from app.domain.page.pages import PageFacts
from app.net.guard import Guard
from app.net.outbound import GuardedOutbound
from app.ports.channel import Recipient, SendError
from app.ports.clock import system_clock
from app.rendering.messages.message import render_message
from app.secret_keys import address_hashes
from app.settings import Settings, load_settings
from app.usecases.context import SHELL, new_id
from app.usecases.public.pages import facts
from app.usecases.subscribers.addresses.bounces import take_report
from app.worker.sending.mail_transport import email_options, mail_transport

__all__ = ["bounce", "mail_app"]

mail_app = typer.Typer(help="E-mail.", no_args_is_help=True)

_LOOK_FOR = """Look at the headers of the mail that arrives, "Show original" in most programs:
- Authentication-Results has spf=pass and dkim=pass, for the domain of From, and dmarc=pass
- the first Received line of the relay names TLS
- it is in the inbox, and the mail program offers to unsubscribe"""


class MailError(FyrError):
    """Mail is not set up, or the test mail was not accepted; the message says why."""

    code = "mail"


@mail_app.command("check")
def check(
    address: Annotated[str, typer.Argument(help="A mail address of your own.")],
) -> None:
    """Send a test mail, and list what to look for in it."""
    settings = load_settings()
    if not settings.mail_is_set_up:
        raise MailError("Mail is not set up: set FYR_SMTP_URL and FYR_MAIL_FROM.")
    if CHANNELS["email"].check({"address": address}):
        raise MailError("Enter a mail address, such as vera@example.com.")
    for line in _judgements(settings):
        typer.echo(line)
    with open_database(settings) as database, database.reading(SHELL) as ctx:
        page = facts(ctx, settings.base_url)
    try:
        reply = asyncio.run(_send(settings, page, address))
    except SendError as error:
        raise MailError(f"The mail was not accepted. {error}") from None
    typer.echo(f"\nAccepted: {reply}\n\n{_LOOK_FOR}")


def bounce() -> None:
    """Take a report about a mail from standard input, such as from the pipe of a mail server."""
    settings = load_settings()
    if not settings.bounce_address:
        raise MailError("There are no bounces to take: set FYR_BOUNCE_ADDRESS.")
    content = sys.stdin.buffer.read(LONGEST_REPORT)
    # The server waits until its pipe is read.
    while sys.stdin.buffer.read(LONGEST_REPORT):
        pass
    with open_database(settings) as database, database.writing(SHELL) as ctx:
        outcome = take_report(
            ctx, address_hashes(settings), content, bounce_address=settings.bounce_address
        )
    typer.echo(outcome.value)


async def _send(settings: Settings, page: PageFacts, address: str) -> str:
    notice = Notice(new_id(), NoticeEvent.TEST, "test:check", None, {}, system_clock())
    message = render_message(
        notice,
        page,
        None,
        language=page.default_language,
        time_zone=page.time_zone,
        base_url=settings.base_url,
    )
    recipient = Recipient(
        "check",
        address,
        message.language,
        links={"unsubscribe": f"{settings.base_url}/unsubscribe/check"},
    )
    transport = mail_transport(settings)
    outbound = GuardedOutbound(Guard(settings.allowed_networks), transport.open)
    async with CHANNELS["email"].open(outbound, email_options(settings)) as sender:
        return (await sender.send(message, recipient, new_id())).detail


def _judgements(settings: Settings) -> list[str]:
    """What can be judged without a look at the mail."""
    lines = [f"From: {settings.mail_from}"]
    lines.append(
        "One-click unsubscribing: yes"
        if settings.is_https
        else "One-click unsubscribing: NO. FYR_BASE_URL is not https; Gmail and Yahoo demand it."
    )
    lines.append(
        f"Bounces go to: {settings.bounce_address}"
        if settings.bounce_address
        else f"Bounces go to {settings.mail_from} and are not read: set FYR_BOUNCE_ADDRESS."
    )
    lines.append(
        f"DKIM: signed here, selector {settings.dkim_selector}"
        if settings.dkim_selector
        else "DKIM: the relay has to sign."
    )
    return lines
