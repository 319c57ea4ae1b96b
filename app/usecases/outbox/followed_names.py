"""Names of what subscribers follow, for the last lines of their mails."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC

from app.db.queries.outbox.claims import ClaimableSubscriber
from app.db.queries.subscribers import subscribers
from app.domain.texts.phrases import N_, Text
from app.i18n.catalogues.catalogs import translations
from app.i18n.formats import join
from app.i18n.localization import Locale, localize
from app.usecases.context import Ctx

__all__ = ["FollowedNames"]

_EVERYTHING = N_("All services")
_MOST = 20


@dataclass(frozen=True, slots=True)
class FollowedNames:
    """The names and titles of what some subscribers follow, by the row id of the subscriber."""

    texts: Mapping[int, Sequence[Text]]

    @classmethod
    def of(cls, ctx: Ctx, found: Iterable[ClaimableSubscriber | None]) -> "FollowedNames":
        """Those of subscribers who do not follow the whole page."""
        some = {each.number for each in found if not (each is None or _has_none(each))}
        return cls(subscribers.names_followed(ctx.session, some, ctx.now))

    def names(self, subscriber: ClaimableSubscriber, language: str, default: str) -> str:
        """The names in prose, in a language, at most twenty; `default` is that of the page.

        "All services" for the whole page; empty for a room.
        """
        if subscriber.is_room:
            return ""
        if subscriber.whole_page:
            return translations(language).gettext(_EVERYTHING)
        locale = Locale.of(language, default=default, zone=UTC)
        names = [localize(each, locale).text for each in self.texts.get(subscriber.number, ())]
        return str(join([*names[:_MOST], *(["…"] if len(names) > _MOST else [])], language))


def _has_none(subscriber: ClaimableSubscriber) -> bool:
    return subscriber.is_room or subscriber.whole_page
