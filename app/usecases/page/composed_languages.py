"""Languages of a form for visitors' texts: those that are shown at once, and the others.

With many published languages, the form shows at once those that somebody reads: the page's default
language, those that page views asked for in this month or the last one, and those of subscribers.
"""

from dataclasses import dataclass

from app.db.queries.page import page
from app.db.queries.subscribers import subscribers
from app.domain.permissions import Action
from app.usecases.context import Ctx
from app.usecases.page.language_demand import asked_recently

__all__ = ["ComposedLanguages", "composed_languages"]

# With so few languages, the form has room for all of them.
_FEW = 6


@dataclass(frozen=True, slots=True)
class ComposedLanguages:
    """The published languages of a form, the default language first: `shown` at once, `others`."""

    shown: tuple[str, ...]
    others: tuple[str, ...]


def composed_languages(ctx: Ctx) -> ComposedLanguages:
    """The languages of a form, in the order of the language menu after the default language."""
    ctx.require(Action.READ)
    row = page.read_page(ctx.session)
    published = (row.default_language, *(t for t in row.languages if t != row.default_language))
    if len(published) <= _FEW:
        return ComposedLanguages(published, ())
    read = {row.default_language, *asked_recently(ctx), *subscribers.count_by_language(ctx.session)}
    shown = tuple(tag for tag in published if tag in read)
    return ComposedLanguages(shown, tuple(tag for tag in published if tag not in read))
