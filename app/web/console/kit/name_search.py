"""Search in a short list of the console: words that the names of a thing contain."""

from dataclasses import dataclass

from app.domain.alerts.sources import replace_unstorable
from app.domain.texts.phrases import Text
from app.domain.texts.search import fold_text, search_words
from app.usecases.title_search import search_form
from app.web.console.kit.forms.forms import Form
from app.web.console.kit.staff_request import StaffRequest

__all__ = ["NameSearch"]

_MAX_LENGTH = 200
# A shorter list is read faster than searched.
_MIN_ITEMS = 10


@dataclass(frozen=True, slots=True)
class NameSearch:
    """The search as requested; `form` has its text in the field `q`."""

    form: Form
    words: tuple[str, ...]

    @classmethod
    def of(cls, request: StaffRequest, sent: Form | None = None) -> "NameSearch":
        """The search in a form that was sent, or else in the query string.

        A list whose names can be addresses of people or secrets sends its search as a form: a
        query string remains in logs and in the history of the browser.
        """
        text = request.http.query_params.get("q", "") if sent is None else sent.text("q")
        text = replace_unstorable(text).strip()[:_MAX_LENGTH]
        return cls(Form.filled({"q": text}), search_words(text))

    def finds(self, *names: Text | str | None) -> bool:
        """Whether the names, in any language, contain all words."""
        folded = "\n".join(
            fold_text(name) if isinstance(name, str) else search_form(name)
            for name in names
            if name is not None
        )
        return all(word in folded for word in self.words)

    def is_shown(self, items: int) -> bool:
        """Whether a list of so many items has a search field."""
        return bool(self.words) or items >= _MIN_ITEMS
