"""Text of a cState or statuskit issue, split into its updates.

The shortcode `track` ends an update and has its time; rules and labels begin another one.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

__all__ = ["TextPiece", "joined_pieces", "split_text", "without_tracks"]

# First words of labels, in the languages of cState's translations and of sites that were read.
_LABELS: Sequence[tuple[tuple[str, ...], str]] = (
    (
        ("resol", "fixed", "résol", "risol", "gelöst", "behob", "løst", "löst", "avhjälp"),
        "resolved",
    ),
    (("monitor", "beobacht", "surveil", "overvåk", "övervak"), "monitoring"),
    (("identif",), "identified"),
    (("investig", "undersø", "undersök", "untersuch", "enquêt"), "investigating"),
    (("postmortem", "post-mortem"), "postmortem"),
    (("update", "aggiorn", "oppdat", "uppdat"), "update"),
)
_TRACK = re.compile(r"\{\s*\{\s*<\s*track\s+[\"“]?([^\"”>]+?)[\"”]?\s*>\s*\}\s*\}")
_RULE = re.compile(r"^\s{0,3}(?:-\s*){3,}$")
_HEADING = re.compile(r"^\s{0,3}#{1,6}\s+(.*?)\s*#*\s*$")
_EMPHASIS = re.compile(r"^(\s*(?:[-*+]\s+)?)(\*{1,3}|_{1,3})([^*_\n]{1,60}?)\2\s*[:–—-]*[ \t]*")
_ITEM = re.compile(r"\s{0,3}[-*+]\s+\S")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


@dataclass(slots=True)
class TextPiece:
    """A part of the text: an update, or the postmortem.

    `written` is the text with the label that was taken off; `ruled`: a rule follows. `others` are
    translations of the text, by language tag.
    """

    text: str
    at: datetime | None = None
    label: str | None = None
    ruled: bool = False
    written: str = ""
    others: dict[str, str] = field(default_factory=dict)


def split_text(text: str, instant: Callable[[str], datetime]) -> list[TextPiece]:
    """The parts of a text in their order: split at `track`, rules and labels.

    `instant` returns the time of a shortcode.
    """
    pieces: list[TextPiece] = []
    text = _COMMENT.sub("", text)
    position = 0
    for found in _TRACK.finditer(text):
        parts = _parts(text[position : found.start()])
        position = found.end()
        if not parts:
            continue
        # The shortcode belongs to the text before it: to the last part of that.
        parts[-1].at = instant(found[1].strip())
        pieces += parts
    pieces += _parts(text[position:])
    return [piece for piece in pieces if piece.text or piece.label]


def _parts(text: str) -> list[TextPiece]:
    """Parts of a text at rules and at paragraphs that begin with a label."""
    parts: list[TextPiece] = []
    current: list[str] = []
    written: list[str] = []
    label: str | None = None

    def finish(*, ruled: bool = False) -> None:
        body = "\n".join(current).strip()
        if body or label is not None:
            parts.append(TextPiece(body, None, label, ruled, "\n".join(written).strip()))
        elif ruled and parts:
            parts[-1].ruled = True
        current.clear()
        written.clear()

    blank = True
    for line in text.split("\n"):
        if _RULE.match(line) and blank:
            finish(ruled=True)
            label = None
            continue
        begins = blank or _ITEM.match(line) or _HEADING.match(line)
        found = _labelled(line) if begins else None
        if found is not None:
            finish()
            label, rest = found
            current.append(rest)
        else:
            current.append(line)
        written.append(line)
        blank = not line.strip()
    finish()
    return parts


def without_tracks(text: str) -> str:
    """The text without its shortcodes."""
    return _TRACK.sub("", text)


def _labelled(line: str) -> tuple[str, str] | None:
    """The label with which a line begins, and the rest of the line; None without one."""
    heading = _HEADING.match(line)
    if heading is not None:
        label = _label_of(heading[1])
        return None if label is None else (label, "")
    emphasis = _EMPHASIS.match(line)
    if emphasis is None:
        return None
    label = _label_of(emphasis[3])
    if label is None:
        return None
    return label, line[emphasis.end() :]


def joined_pieces(pieces: Sequence[TextPiece]) -> str:
    """The parts as one text, with their labels and the rules between them."""
    texts = [f"{each.written}\n\n---" if each.ruled else each.written for each in pieces[:-1]]
    return "\n\n".join([*texts, *(each.written for each in pieces[-1:])])


def _label_of(text: str) -> str | None:
    word = text.strip().strip(":").lower()
    for beginnings, label in _LABELS:
        if word.startswith(beginnings):
            return label
    return None
