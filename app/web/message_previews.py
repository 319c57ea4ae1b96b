"""Previews of the messages of a change, which the API and the console show."""

import json

from app.channels.web_push import push_document
from app.rendering.messages.message import render_message
from app.rendering.messages.previews import MessagePreview, named, preview_of
from app.usecases.publication.message_previews import PlannedMessages

__all__ = ["message_previews"]


def message_previews(planned: PlannedMessages) -> tuple[MessagePreview, ...]:
    """The messages in every published language, in the order of the page, in its time zone."""
    return tuple(_preview(planned, language) for language in planned.facts.page.languages)


def _preview(planned: PlannedMessages, language: str) -> MessagePreview:
    facts = planned.facts
    message = render_message(
        facts.notice,
        facts.page,
        facts.record,
        language=language,
        time_zone=facts.page.time_zone,
        base_url=facts.page.base_url,
        listing=facts.listing,
    )
    push = json.loads(named(push_document(message, facts.notice.id).decode()))
    return preview_of(message, push, facts.page.logo)
