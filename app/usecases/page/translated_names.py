"""Names that a machine does not translate: of the page, its services, and the glossary."""

from collections.abc import Mapping, Sequence

from app.db.queries import services
from app.db.queries.page import page
from app.domain.permissions import Action
from app.domain.texts.localized_text import LocalizedText
from app.usecases.context import Ctx
from app.usecases.page.glossary import GlossaryTerm

__all__ = ["TranslatedNames", "translated_names"]


class TranslatedNames:
    """The names in each language."""

    def __init__(self, names: Sequence[LocalizedText], terms: Sequence[GlossaryTerm]) -> None:
        self._names = names
        self._words = [
            form
            for term in terms
            if term.is_name
            for forms in term.forms.values()
            for form in forms
        ]

    def between(self, source: str, target: str) -> Mapping[str, str]:
        """Each name in `source` with its form in `target`, or as it is without one.

        A name is protected in each of its languages: texts mix them.
        """
        found = {word: word for word in self._words if "*" not in word}
        for name in self._names:
            own = name.choose(target, default=source).text if target in dict(name) else None
            found |= {text: own or text for _, text in name}
        return found


def translated_names(ctx: Ctx, terms: Sequence[GlossaryTerm]) -> TranslatedNames:
    """The names of the page, its services and its groups, and the names of the glossary."""
    ctx.require(Action.READ)
    names = [page.read_page(ctx.session).name]
    names += [row.name for row in services.list_services(ctx.session)]
    names += [row.name for row in services.list_groups(ctx.session)]
    return TranslatedNames(names, terms)
