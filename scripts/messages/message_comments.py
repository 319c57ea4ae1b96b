"""Comments for translators: notes of authors, where a message stands, what its placeholders are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from babel.messages.catalog import Catalog, Message

from scripts.messages import placeholders
from scripts.messages.message_places import Key, Occurrences, place_of_file, template_places

__all__ = ["MessageComments", "key_of"]

# A word like "Incidents" stands in many places; the first ones show how it is used.
_MOST_PLACES = 3
_ELSEWHERE = "Also in other places."


def key_of(message: Message) -> Key:
    """The context and the English singular of a message."""
    text = message.id[0] if isinstance(message.id, list | tuple) else message.id
    return message.context or "", str(text)


class MessageComments:
    """Collects the comments of messages during an extraction from the folder `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._templates: dict[str, Mapping[Key, Occurrences]] = {}
        self._authors: dict[Key, dict[str, None]] = defaultdict(dict)
        self._places: dict[Key, dict[str, None]] = defaultdict(dict)

    def add(self, key: Key, file: str, authors: Sequence[str]) -> None:
        """Add the comments of one occurrence: `authors` are those before it in a Python file."""
        if not file.startswith("templates/"):
            self._authors[key].update(dict.fromkeys(authors))
            if (place := place_of_file(file)) is not None:
                self._places[key][f"Text: {place}."] = None
            return
        if file not in self._templates:
            source = (self._root / file).read_text(encoding="utf-8")
            self._templates[file] = template_places(file, source)
        found = self._templates[file].get(key)
        if found is not None:
            self._authors[key].update(dict.fromkeys(found.authors))
            self._places[key].update(dict.fromkeys(found.places))

    def write(self, catalog: Catalog) -> None:
        """Write the comments into the messages of a catalogue."""
        for message in catalog:
            if message.id:
                key = key_of(message)
                places = [*self._places[key]]
                more = [_ELSEWHERE] if len(places) > _MOST_PLACES else []
                message.auto_comments = [
                    *self._authors[key],
                    *places[:_MOST_PLACES],
                    *more,
                    *placeholders.notes(message),
                ]
