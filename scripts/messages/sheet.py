"""Sheet of a language: its messages as plain text, for its translator and for a second reader.

An entry of a sheet, up to an empty line, is one message. A translator writes the lines that begin
with `translation`, and a doubt as `note`; the other lines name the message and explain it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from babel.messages.catalog import Catalog, Message

from scripts.messages.plural_forms import PluralForms

__all__ = ["Entry", "Sheet", "key_of", "merge", "parse", "render", "untranslated"]

# Prefix of the comments of a catalogue that are notes of its translator.
_NOTE = "translator: "
_LINE = re.compile(
    r"(catalogue|header|context|comment|english|plural|note|translation)((?<=translation)[^:]*)?:(.*)"
)
_CATEGORY = re.compile(r" ([a-z]+)(?: \([^)]*\))?")
_INTRODUCTION = """\
# Write each translation on its `translation` line; a line break in it is \\n. Keep placeholders
# such as %(name)s unchanged, and place them where the language needs them. Change no other line.
# Write a doubt about a translation below it: `note: may be read as …`. Lines `header: …`, below,
# are the decisions for the whole language, such as the form of address.
"""


@dataclass(slots=True)
class Entry:
    """One message of a sheet, with the number of its first line."""

    line: int
    context: str = ""
    english: str = ""
    plural: str = ""
    notes: list[str] = field(default_factory=list)
    # Plural category, or the empty text for a message without plural forms -> translation.
    forms: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.context, self.english, self.plural)


@dataclass(slots=True)
class Sheet:
    """A sheet: the name of its catalogue (`de messages`), its header comment, its entries."""

    name: str = ""
    header: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)


def key_of(message: Message) -> tuple[str, str, str]:
    """The context, the English text and the English plural of a message, which identify it."""
    ids = message.id if isinstance(message.id, list | tuple) else (message.id, "")
    return (message.context or "", str(ids[0]), str(ids[1]))


def untranslated(catalog: Catalog) -> Iterator[Message]:
    """The messages that lack a translation or one of their plural forms, and those marked fuzzy."""
    for message in catalog:
        if not message.id:
            continue
        forms = _forms_of(message)
        needed = catalog.num_plurals if message.pluralizable else 1
        if message.fuzzy or len(forms) != needed or not all(forms):
            yield message


def render(
    catalog: Catalog, name: str, plurals: PluralForms, messages: Iterable[Message] | None = None
) -> str:
    """The sheet of a catalogue, which is called `de messages`; of some messages only when given."""
    chosen = [each for each in (catalog if messages is None else messages) if each.id]
    entries = "".join(f"\n{_rendered(each, plurals)}" for each in chosen)
    count = sum(1 for each in catalog if each.id)
    comments = [line.removeprefix("#").strip() for line in catalog.header_comment.splitlines()]
    header = "".join(f"header: {line}".rstrip() + "\n" for line in comments or [""])
    shown = f"# {len(chosen)} of {count} messages.\n{_INTRODUCTION}"
    return f"catalogue: {name}\n{shown}{header}{entries}"


def parse(text: str) -> Sheet:
    """The sheet with this text; ValueError names the line that cannot be read."""
    sheet, current = Sheet(), None
    # Not splitlines: a text may hold U+2028 and other characters that end a line there.
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        if not line.strip():
            current = None
        elif not line.startswith("#"):
            current = _read_line(sheet, current, line.strip(), number)
    if not sheet.name:
        raise ValueError("the sheet does not name its catalogue: `catalogue: de messages`.")
    return sheet


def _read_line(sheet: Sheet, entry: Entry | None, line: str, number: int) -> Entry | None:
    """Read one line into the sheet; the entry that the next line belongs to."""
    match = _LINE.fullmatch(line)
    if match is None:
        raise ValueError(
            f"line {number}: a line begins with one of context:, comment:, english:, plural:,"
            f" translation: or note:, not with {line[:40]!r}."
        )
    word, category, value = match[1], match[2] or "", match[3].strip().replace("\\n", "\n")
    if word == "catalogue":
        sheet.name = value
        return None
    if word == "header":
        sheet.header += [value] if value else []
        return None
    if entry is None:
        entry = Entry(number)
        sheet.entries.append(entry)
    _read_part(entry, word, category, value, number)
    return entry


def merge(catalog: Catalog, plurals: PluralForms, sheet: Sheet) -> list[str]:
    """Write the translations of a sheet into a catalogue; one line for each wrong entry.

    An entry is wrong when the catalogue has no such message, when it occurs twice, and when its
    plural forms are not those of the language. An empty translation changes nothing.
    """
    if sheet.header:
        catalog.header_comment = "\n".join(f"# {line}" for line in sheet.header)
    messages = {key_of(each): each for each in catalog if each.id}
    problems: list[str] = []
    seen: set[tuple[str, str, str]] = set()
    for entry in sheet.entries:
        name = f"line {entry.line}: {' | '.join(filter(None, entry.key)) or 'an entry'}"
        message = messages.get(entry.key)
        if message is None:
            problems.append(f"{name}: the catalogue has no such message")
        elif entry.key in seen:
            problems.append(f"{name}: occurs twice in the sheet")
        else:
            problems += [f"{name}: {each}" for each in _merge_entry(message, plurals, entry)]
        seen.add(entry.key)
    return problems


def _merge_entry(message: Message, plurals: PluralForms, entry: Entry) -> list[str]:
    wanted = plurals.categories if message.pluralizable else ("",)
    filled = {category: text for category, text in entry.forms.items() if text}
    if unknown := [each for each in filled if each not in wanted]:
        names = ", ".join(f"`translation {each}`".replace(" `", "`") for each in wanted)
        return [f"`translation {unknown[0]}` is none of its lines: {names}"]
    if entry.notes:
        others = [each for each in message.user_comments if not each.startswith(_NOTE)]
        message.user_comments = others + [_NOTE + each for each in entry.notes]
    if not filled:
        return []
    if missing := [each for each in wanted if each not in filled]:
        return [f"the plural form `{each}` is not translated" for each in missing]
    forms = tuple(filled[each] for each in wanted)
    message.string = forms if message.pluralizable else forms[0]
    message.flags.discard("fuzzy")
    return []


def _read_part(entry: Entry, word: str, more: str, value: str, number: int) -> None:
    if word == "translation":
        category = _CATEGORY.fullmatch(more.rstrip())
        if more.strip() and category is None:
            raise ValueError(f"line {number}: “translation{more}” names no plural form.")
        form = category[1] if category else ""
        if form in entry.forms:
            raise ValueError(f"line {number}: this translation occurs twice in its entry.")
        entry.forms[form] = value
    elif word == "note":
        entry.notes += [value] if value else []
    elif word != "comment":
        if getattr(entry, word):
            raise ValueError(
                f"line {number}: a second “{word}” in one entry; an empty line ends an entry."
            )
        setattr(entry, word, value)


def _rendered(message: Message, plurals: PluralForms) -> str:
    context, english, plural = key_of(message)
    lines = [f"context: {context}"] if context else []
    lines += [f"comment: {each}" for each in message.auto_comments]
    lines += [f"english: {english}"] + ([f"plural: {plural}"] if plural else [])
    forms = _forms_of(message)
    if message.pluralizable:
        rows = zip(plurals.categories, plurals.examples, strict=True)
        for index, (category, examples) in enumerate(rows):
            label = f"{category} ({', '.join(map(str, examples))})"
            text = forms[index] if index < len(forms) else ""
            lines.append(f"translation {label}: {text}")
    else:
        lines.append(f"translation: {forms[0]}")
    lines += [f"note: {each.removeprefix(_NOTE)}" for each in _notes_of(message)]
    return "".join(line.replace("\n", "\\n").rstrip() + "\n" for line in lines)


def _notes_of(message: Message) -> list[str]:
    return [each for each in message.user_comments if each.startswith(_NOTE)]


def _forms_of(message: Message) -> tuple[str, ...]:
    string = message.string
    return tuple(string) if isinstance(string, list | tuple) else (string or "",)
