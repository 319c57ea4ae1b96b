"""`fyr message show`: the message of a notice in one language, as it is sent."""

import asyncio
import json
import sys
from contextlib import nullcontext
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlsplit

import typer

from app.channels import CHANNELS
from app.channels.web_push import push_document
from app.cli.database import open_database
from app.net.guard import Guard
from app.net.outbound import GuardedOutbound
from app.ports.channel import Mail, Message, Recipient
from app.rendering.messages.previews import chat_text, named
from app.settings import Settings, load_settings
from app.usecases.context import SHELL
from app.usecases.outbox.messages import facts_of_notice
from app.worker.sending.mail_transport import email_options
from app.worker.sending.messages import render

__all__ = ["message_app"]

message_app = typer.Typer(help="Messages to subscribers.", no_args_is_help=True)

_RECIPIENT = "subscriber@example.net"


class _Form(StrEnum):
    TEXT = "text"
    HTML = "html"
    CARD = "card"
    WEBHOOK = "webhook"
    PUSH = "push"
    EML = "eml"


@message_app.command("show")
def show(
    notice: Annotated[str, typer.Argument(help="The id of the notice.")],
    language: Annotated[
        str | None, typer.Option(help="The language; that of the page by default.")
    ] = None,
    form: Annotated[
        _Form,
        typer.Option(
            "--as",
            help="A part of a mail, a chat text, a webhook, a push notification, or a mail.",
        ),
    ] = _Form.TEXT,
) -> None:
    """Show the message of a notice. Links and address of a subscriber are shown by name."""
    settings = load_settings()
    with open_database(settings) as database, database.reading(SHELL) as ctx:
        facts = facts_of_notice(ctx, notice, settings.base_url)
    tag = language or facts.page.default_language
    message = render(facts, tag, facts.page.time_zone)
    if form is _Form.EML:
        sys.stdout.buffer.write(asyncio.run(_mail(settings, message)))
    else:
        typer.echo(named(_part(message, form)))


async def _mail(settings: Settings, message: Message) -> bytes:
    """The message as a mail to nobody, as it would be given to a relay."""
    base_url = settings.base_url
    links = {name: f"{base_url}/{name}" for name in ("manage", "confirm", "unsubscribe")}
    options = {"mail_from": f"status@{urlsplit(base_url).hostname or 'localhost'}"}
    options |= {name: each for name, each in email_options(settings).items() if each}
    outbox = _Outbox()
    outbound = GuardedOutbound(Guard(()), lambda: nullcontext(outbox))
    async with CHANNELS["email"].open(outbound, {"bounce_address": "", **options}) as sender:
        to = Recipient("show", _RECIPIENT, message.language, links=links)
        await sender.send(message, to, "show")
    return outbox.content


class _Outbox:
    """A connection that keeps the mail."""

    content = b""

    async def send(self, mail: Mail) -> str:
        """Store the content of the mail."""
        self.content = mail.content
        return ""


def _part(message: Message, form: _Form) -> str:
    match form:
        case _Form.HTML:
            return message.html
        case _Form.CARD:
            return chat_text(message)
        case _Form.PUSH:
            return push_document(message, "show").decode()
        case _Form.WEBHOOK:
            return json.dumps(message.document, ensure_ascii=False, indent=2)
        case _:
            return f"{message.title}\n\n{message.text}"
