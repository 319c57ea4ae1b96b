"""`fyr message show`: the message of a notice in one language, as it is sent."""

import json
from enum import StrEnum
from typing import Annotated

import typer

from app.cli.database import open_database
from app.ports.channel import Message
from app.settings import load_settings
from app.usecases.context import SHELL
from app.usecases.outbox.messages import facts_of_notice
from app.worker.messages import render

__all__ = ["message_app"]

message_app = typer.Typer(help="Messages to subscribers.", no_args_is_help=True)

# What stands for the links and the address of a subscriber (app.ports.channel.Message).
_PERSONAL = {
    "\ue000": "[manage]",
    "\ue001": "[unsubscribe]",
    "\ue002": "[address]",
    "\ue003": "[followed]",
}


class _Form(StrEnum):
    TEXT = "text"
    HTML = "html"
    CARD = "card"
    WEBHOOK = "webhook"


@message_app.command("show")
def show(
    notice: Annotated[str, typer.Argument(help="The id of the notice.")],
    language: Annotated[
        str | None, typer.Option(help="The language; that of the page by default.")
    ] = None,
    form: Annotated[
        _Form,
        typer.Option("--as", help="The part: of a mail, of a chat message, or of a webhook."),
    ] = _Form.TEXT,
) -> None:
    """Show the message of a notice. Links and address of a subscriber are shown by name."""
    settings = load_settings()
    with open_database(settings) as database, database.reading(SHELL) as ctx:
        facts = facts_of_notice(ctx, notice, settings.base_url)
    tag = language or facts.page.default_language
    message = render(facts, tag, facts.page.time_zone)
    shown = _part(message, form)
    for placeholder, name in _PERSONAL.items():
        shown = shown.replace(placeholder, name)
    typer.echo(shown)


def _part(message: Message, form: _Form) -> str:
    match form:
        case _Form.HTML:
            return message.html
        case _Form.CARD:
            card = message.card
            facts = [*card.fact_lines]
            lines = [card.headline, card.note, card.body, *facts, f"{card.link_text}: {card.url}"]
            return "\n".join(line for line in lines if line)
        case _Form.WEBHOOK:
            return json.dumps(message.document, ensure_ascii=False, indent=2)
        case _Form.TEXT:
            return f"{message.title}\n\n{message.text}"
