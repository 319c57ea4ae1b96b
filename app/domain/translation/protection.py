"""Protection of texts that a machine translates: what it must not change, and what comes back.

A text is sent line by line. Names, hosts, times, links, code and placeholders of a line become
elements such as `<x id="1"/>`, the rest is escaped as XML: DeepL and LibreTranslate leave elements
where they are. A line comes back whole, with each element once, or the suggestion is dropped.
"""

import html
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["ProtectedLine", "ProtectedText", "protect", "restore"]

# A translation is seldom twice as long as its source; what is longer is no translation.
_LONGEST_FACTOR, _LONGEST_EXTRA = 4, 200
_LONGEST_NUMBER_WORD = 12

_URL = r"(?:https?://|www\.)[^\s<>]+"
_EMAIL = r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,9}"
# All repetitions are bounded: an answer may be made to keep the search busy for its square.
# Host names may have letters beyond ASCII.
_HOST = r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,9}[^\W\d_]{2,63}(?::\d{1,5})?"
_ADDRESS = r"\b\d{1,3}(?:\.\d{1,3}){3}(?:[:/]\d+)?\b|\b[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){2,7}\b"
_CODE = r"`{1,3}[^`]{1,1000}`{1,3}"
_GAP = r"\{\{[^{}]*\}\}|\{[^{}]*\}"
_LINK_TARGET = r"\]\([^()\s]*(?:\s+\"[^\"]*\")?\)|\]\[[^\]]*\]"
_PHONE = r"\+\d[\d\s()-]{5,30}\d"
_PATH = r"(?<![\w/])/[\w./-]{0,200}\w"
_MENTION = r"(?<!\w)[@#][\w-]+"
# `web01`, `db-primary-2`, `FYR_DATA_DIR`, but no ordinal such as `2nd`.
_IDENTIFIER = (
    r"(?<!\w)(?!\d+(?:st|nd|rd|th)\b)(?=[\w-]{0,63}\d)(?=[\w-]{0,63}[A-Za-z])"
    r"[A-Za-z0-9][\w-]{0,63}|\b[A-Za-z0-9]{1,63}_\w{1,63}"
)
_TIME = (
    r"\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4}(?!\d)|"
    r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?Z?)?"
    r"|\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:\s?[AaPp]\.?[Mm]\b\.?)?(?:\s?(?:UTC|GMT|CES?T|EES?T|BST)\b)?"
)
# What a machine may neither change nor add.
_REFERENCES = re.compile(
    "|".join((_CODE, _GAP, _LINK_TARGET, _URL, _EMAIL, _ADDRESS, _HOST)), re.IGNORECASE
)
_SPANS = "|".join(
    (_REFERENCES.pattern, _PHONE, _TIME, _PATH, _MENTION, _IDENTIFIER, r"\|", "<[^<>]*>")
)
# A letter that a name may not touch. Chinese, Japanese and Thai have no spaces between words.
_BESIDE_NAME = r"[^\W\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
_ELEMENT = re.compile(r"<x\s+id\s*=\s*[\"'](\d{1,4})[\"']\s*(?:/>|>\s*</x\s*>)")
# What begins a line in Markdown: a list, a heading, a quotation.
_LINE_START = re.compile(r"\s*(?:(?:[-*+]|\d{1,3}[.)]|#{1,6}|>)\s+)*")
# Stands for an element while a translation is checked; an answer that has it is dropped.
_PLACE = "\ue000"
_FENCE = re.compile(r"\s*(?:```|~~~)")
_LETTER = re.compile(r"[^\W\d_]")
_DIGIT_GROUP = re.compile(r"(?<=\d)[.,'’\s\u00a0\u202f٬](?=\d{3}(?!\d))")


@dataclass(frozen=True, slots=True)
class ProtectedLine:
    """One line: what stands before the text, the marked text, and what each element stands for.

    A line with nothing to translate has no `marked` text; `before` is the whole line then.
    """

    before: str
    marked: str
    originals: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class ProtectedText:
    """The lines of a text."""

    lines: tuple[ProtectedLine, ...]

    @property
    def marked(self) -> list[str]:
        """The texts to send to a provider, in order."""
        return [line.marked for line in self.lines if line.marked]


def protect(text: str, names: Mapping[str, str]) -> ProtectedText:
    """The text with everything protected. `names` maps each name to its form in the translation."""
    lines = []
    is_code = False
    pattern = _pattern(names)
    for line in text.replace("\r\n", "\n").split("\n"):
        is_fence = _FENCE.match(line) is not None
        is_code = is_code != is_fence
        if is_code or is_fence:
            lines.append(ProtectedLine(line, ""))
        else:
            lines.append(_protect_line(line, names, pattern))
    return ProtectedText(tuple(lines))


def restore(text: ProtectedText, translated: Sequence[str]) -> str | None:
    """The translation of a text from those of its lines; None when it lacks or adds anything."""
    if len(translated) != len(text.marked):
        return None
    answers = iter(translated)
    lines = []
    for line in text.lines:
        restored = _restore_line(line, next(answers)) if line.marked else ""
        if restored is None:
            return None
        lines.append(line.before + restored)
    return "\n".join(lines)


def _pattern(names: Mapping[str, str]) -> re.Pattern[str]:
    longest_first = sorted((each for each in names if each), key=len, reverse=True)
    words = [f"(?<!{_BESIDE_NAME}){re.escape(each)}(?!{_BESIDE_NAME})" for each in longest_first]
    named = f"(?P<name>{'|'.join(words)})|" if words else ""
    return re.compile(f"{named}(?i:{_SPANS})")


def _protect_line(line: str, names: Mapping[str, str], pattern: re.Pattern[str]) -> ProtectedLine:
    start = _LINE_START.match(line)
    before = start[0] if start else ""
    text = line[len(before) :]
    parts: list[str] = []
    originals: list[str] = []
    at = 0
    for found in pattern.finditer(text):
        parts.append(html.escape(text[at : found.start()], quote=False))
        originals.append(names.get(found[0], found[0]))
        parts.append(f'<x id="{len(originals)}"/>')
        at = found.end()
    rest = text[at:]
    parts.append(html.escape(rest, quote=False))
    marked = "".join(parts)
    if not _LETTER.search(_ELEMENT.sub("", marked)):
        return ProtectedLine(line, "")
    return ProtectedLine(before, marked, tuple(originals), text)


def _restore_line(line: ProtectedLine, translated: str) -> str | None:
    if len(translated) > _LONGEST_FACTOR * len(line.marked) + _LONGEST_EXTRA:
        return None
    ids = [int(each) for each in _ELEMENT.findall(translated)]
    if sorted(ids) != list(range(1, len(line.originals) + 1)):
        return None
    words = html.unescape(_ELEMENT.sub(_PLACE, translated)).strip()
    pieces = words.split(_PLACE)
    shown = [line.originals[each - 1] for each in ids]
    if not words or len(pieces) != len(shown) + 1 or _has_controls("".join(pieces)):
        return None
    if _adds(words) or _numbers(words, line) or words.count("**") != line.marked.count("**"):
        return None
    return "".join(part for pair in zip(pieces, [*shown, ""], strict=True) for part in pair)


def _adds(words: str) -> bool:
    """Whether a translation has a link, host, code, placeholder or tag that its source has not."""
    return _REFERENCES.search(words) is not None or "<" in words or "`" in words


def _numbers(words: str, line: ProtectedLine) -> bool:
    """Whether a number is lost or made up; small ones may become words, or words small numbers."""
    before, after = _numbers_in(html.unescape(_ELEMENT.sub(" ", line.marked))), _numbers_in(words)
    for number in set(before) | set(after):
        is_small = len(number) <= 2 and int(number) <= _LONGEST_NUMBER_WORD
        if before.count(number) != after.count(number) and not is_small:
            return True
    return False


def _numbers_in(text: str) -> list[str]:
    plain = "".join(
        str(unicodedata.digit(each)) if each.isdigit() and not each.isascii() else each
        for each in text
    )
    return [each.lstrip("0") or "0" for each in re.findall(r"[0-9]+", _DIGIT_GROUP.sub("", plain))]


def _has_controls(words: str) -> bool:
    """Whether there are control or private characters, line breaks, or changes of direction."""
    return any(
        unicodedata.category(each) in {"Cc", "Co", "Cs", "Zl", "Zp"} or "\u202a" <= each <= "\u202e"
        for each in words
    )
