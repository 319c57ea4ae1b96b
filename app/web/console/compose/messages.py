"""Screen of the messages that subscribers would get of a text: each form, in every language."""

from fastapi import Response

from app.channels import CHANNELS
from app.domain.errors import ConflictError, InvalidError
from app.rendering.messages.previews import MessagePreview
from app.usecases.publication.message_previews import plan_messages
from app.web.console.compose.audience import AudienceLine, audience_lines
from app.web.console.compose.composer import Composer
from app.web.message_previews import message_previews
from app.web.security import CONTENT_SECURITY_POLICY

__all__ = ["show_messages"]

# A document in `srcdoc` inherits the policy of its page, and the styles of a mail are inline. Its
# own policy, and the attribute `sandbox`, are stricter.
_POLICY = CONTENT_SECURITY_POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
_NOBODY = "nobody_is_notified"


def show_messages(composer: Composer) -> Response:
    """The messages of the form, and who would be notified; the form again when it is refused.

    The messages are shown although the form may not notify subscribers.
    """
    request, is_notifying = composer.request, composer.form.has("notify")
    composer.set_field("notify", "on")
    messages: tuple[MessagePreview, ...] = ()
    audience: tuple[AudienceLine, ...] = ()
    try:
        command = composer.command(request.ctx)
        if command is not None:
            planned = plan_messages(request.ctx, command, CHANNELS, request.app.settings.base_url)
            messages = message_previews(planned)
            if is_notifying:
                page = request.chrome.page
                audience = audience_lines(page, planned.content, planned.audience)
    except (InvalidError, ConflictError) as error:
        if error.code != _NOBODY:
            composer.form.fields = tuple(
                each for each in composer.form.fields if is_notifying or each[0] != "notify"
            )
            composer.add_error(error)
            return composer.show_again()
    answer = request.page("messages", composer=composer, messages=messages, audience=audience)
    answer.headers["Content-Security-Policy"] = _POLICY
    return answer
