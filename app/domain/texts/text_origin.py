"""Origin of a text in one language: who made it, and who read what a machine translated."""

from dataclasses import dataclass, replace
from enum import StrEnum

__all__ = ["OriginKind", "TextOrigin"]


class OriginKind(StrEnum):
    """The kind of author of a text in one language.

    `PERSON` is a user of the console, `PROGRAM` an API token, `STANDARD_SENTENCE` a reviewed
    sentence of the catalogues that nobody changed, `MACHINE` a translation provider, `IMPORT` an
    imported document.
    """

    PERSON = "person"
    PROGRAM = "program"
    STANDARD_SENTENCE = "standard_sentence"
    MACHINE = "machine"
    IMPORT = "import"


@dataclass(frozen=True, slots=True)
class TextOrigin:
    """Who made a text in one language. `by` is the name of the user or the token, or the provider.

    `read_by` is the user who has read, or edited, a translation of a machine; None for unread.
    """

    kind: OriginKind
    by: str = ""
    read_by: str | None = None

    @property
    def is_unread_machine(self) -> bool:
        """Whether a machine translated the text and no person has read the translation."""
        return self.kind is OriginKind.MACHINE and self.read_by is None

    def as_read(self, name: str) -> "TextOrigin":
        """The origin after the user `name` has read the text; unchanged unless it was unread."""
        return replace(self, read_by=name) if self.is_unread_machine else self
