"""The question before a draft becomes public where the page has no undo window."""

from app.domain.texts.phrases import N_, Text
from app.web.console.kit.confirmation import Question, plain_text
from app.web.console.kit.staff_request import StaffRequest

__all__ = ["publication_question"]


def publication_question(request: StaffRequest, title: Text, back: str) -> Question:
    """The question for a draft with this title; `back` is the path of its page."""
    return Question(
        request.translate(N_("Publish the draft?")),
        request.translate(
            N_("Visitors see “%(title)s” at once."), title=plain_text(request, title)
        ),
        request.translate(N_("Publish")),
        back,
        is_danger=False,
    )
