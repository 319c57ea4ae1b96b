"""Picture of a chain (SVG): its certificates as bars on a time line, the present, and the breaks.

Text and lines take the colour of their surroundings, and the rest follows the reader's colour
scheme. Sentences state the content for people who cannot see it.
"""

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from textwrap import wrap

from app.domain.certificates.findings import CertificateFacts
from app.domain.certificates.horizon import Horizon
from app.i18n import formats
from app.i18n.bidi import isolate
from app.i18n.languages import SOURCE, direction

__all__ = ["STYLE", "USUAL_WIDTH", "Drawing", "PictureTexts", "draw", "draw_chain"]

USUAL_WIDTH = 720
_MARGIN = 16
_TOP, _ROW, _BAR = 40, 40, 12
# A root is valid for decades; the time line shows this much around the present.
_BEFORE, _AFTER = timedelta(days=400), timedelta(days=1600)
# Width of a wide letter in the font of the picture, used to shorten and wrap texts.
_LETTER = 8
STYLE = (
    ":root{color-scheme:light dark}"
    "svg{color:#1d2733}.v{fill:#2b6cb0}.x{fill:#8a94a0}.b{fill:#c0392b;stroke:#c0392b}.n{stroke:#fbfaf7}"
    "@media(prefers-color-scheme:dark){svg{color:#e4e9ee}.v{fill:#6fb1ec}.x{fill:#77818c}"
    ".b{fill:#ff8a75;stroke:#ff8a75}.n{stroke:#10151e}}"
)
_FORM = (
    'role="img" aria-labelledby="chain-title chain-words" font-family="system-ui,sans-serif" '
    'font-size="13"'
)


@dataclass(frozen=True, slots=True)
class PictureTexts:
    """Texts of a picture in one language.

    `today` labels the line of the present, `date` formats an instant, `labels` are names of
    profiles by id. `valid`, `seen` and `broken` are the sentences for people who cannot see the
    picture.
    """

    title: str
    today: str
    date: Callable[[datetime], str]
    labels: Mapping[str, str] = field(default_factory=dict)
    language: str = SOURCE
    valid: str = "%(name)s: %(starts)s – %(ends)s."
    seen: str = "Today: %(date)s."
    broken: str = "%(date)s: %(clients)s."


@dataclass(frozen=True, slots=True)
class _Scale:
    """Maps an instant to a horizontal position, mirrored for right-to-left languages."""

    begins: datetime
    ends: datetime
    width: int
    mirrored: bool

    def __call__(self, instant: datetime) -> float:
        whole = (self.ends - self.begins) / timedelta(seconds=1)
        part = (min(max(instant, self.begins), self.ends) - self.begins) / timedelta(seconds=1)
        place = round(_MARGIN + (self.width - 2 * _MARGIN) * part / whole, 1)
        return self.width - place if self.mirrored else place


@dataclass(frozen=True, slots=True)
class _Mark:
    """A break: its instant, its date in words, and its text in lines, which begins with it."""

    at: datetime
    date: str
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture with its size in its own units and the sentences that state its content.

    The dates in it have their instant in `data-at`: a script can show the reader's time zone.
    """

    svg: bytes
    width: int
    height: int
    sentences: tuple[str, ...]


def draw_chain(
    chain: Sequence[CertificateFacts],
    horizons: Sequence[Horizon],
    *,
    at: datetime,
    texts: PictureTexts,
) -> bytes:
    """Draw the chain as served, seen at `at`, with the first break that renewal does not cure.

    Certificates that cannot be read are left out.
    """
    return draw(chain, horizons, at=at, texts=texts).svg


def draw(
    chain: Sequence[CertificateFacts],
    horizons: Sequence[Horizon],
    *,
    at: datetime,
    texts: PictureTexts,
    width: int = USUAL_WIDTH,
    has_next: bool = False,
) -> Drawing:
    """Draw the chain in the given width; 480 is readable on a phone. See `draw_chain`.

    With `has_next`, the next break of the chain as served is marked as well.
    """
    bars = [facts for facts in chain if facts.not_before and facts.not_after]
    breaks = _breaks(horizons, has_next=has_next)
    is_mirrored = direction(texts.language) == "rtl"
    scale = _scale(bars, list(breaks), at, width, mirrored=is_mirrored)
    floor = _TOP + _ROW * len(bars) + 8
    letters = (width - 2 * _MARGIN) // _LETTER
    marks = [_mark(instant, names, texts, letters) for instant, names in breaks.items()]
    height = floor + 28 + sum(8 + 16 * len(mark.lines) for mark in marks)
    sentences = _sentences(bars, breaks, at, texts)
    side = ' direction="rtl"' if is_mirrored else ""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" {_FORM}{side}>',
        f'<title id="chain-title">{_text(texts.title)}</title>',
        f'<desc id="chain-words">{_text(formats.join_sentences(sentences))}</desc>',
        f"<style>{STYLE}</style>",
        # Lines first: names are drawn over them, with an outline in the colour of the page.
        *_years(scale, floor),
        *_today(scale, at, floor, texts.today),
        *_marks(marks, scale, floor),
        *(part for row, facts in enumerate(bars) for part in _bar(row, facts, scale, at)),
        "</svg>\n",
    ]
    return Drawing("".join(parts).encode(), width, height, sentences)


def _breaks(horizons: Sequence[Horizon], *, has_next: bool) -> dict[datetime, list[str]]:
    """Return the profiles that break at each instant, the earliest first."""
    found: dict[datetime, list[str]] = {}
    for horizon in horizons:
        breaks = (horizon.next if has_next else None, horizon.lasting)
        for at in dict.fromkeys(each.at for each in breaks if each is not None):
            found.setdefault(at, []).append(horizon.profile)
    return dict(sorted(found.items()))


def _scale(
    bars: Sequence[CertificateFacts],
    breaks: list[datetime],
    at: datetime,
    width: int,
    *,
    mirrored: bool,
) -> _Scale:
    far = datetime.max.replace(tzinfo=UTC)
    earliest = at - _BEFORE if at.year > 2 else at
    latest = at + _AFTER if far - at > _AFTER else far
    starts = [facts.not_before for facts in bars if facts.not_before]
    ends = [facts.not_after for facts in bars if facts.not_after]
    begins = max(earliest, min([at, *starts]))
    until = min(latest, max([at, *ends, *breaks]))
    if until - begins < timedelta(days=1):
        until = begins + timedelta(days=1) if far - begins > timedelta(days=1) else far
        begins = min(begins, until - timedelta(days=1))
    return _Scale(begins, until, width, mirrored)


def _bar(row: int, facts: CertificateFacts, scale: _Scale, at: datetime) -> Iterator[str]:
    if facts.not_before is None or facts.not_after is None:
        return
    top = _TOP + row * _ROW
    one, other = sorted((scale(facts.not_before), scale(facts.not_after)))
    valid = facts.not_before <= at <= facts.not_after
    longest = (scale.width - 2 * _MARGIN) // _LETTER
    name = _printable_name(facts)
    name = name if len(name) <= longest else f"{name[: longest - 1]}…"
    edge = scale.width - _MARGIN if scale.mirrored else _MARGIN
    yield (
        f'<text class="n" x="{edge}" y="{top + 12}" fill="currentColor" stroke-width="4" '
        f'stroke-linejoin="round" paint-order="stroke">{_text(name)}</text>'
    )
    yield (
        f'<rect class="{"v" if valid else "x"}" fill="#4a8ac4" x="{one}" y="{top + 18}" '
        f'width="{max(2, round(other - one, 1))}" height="{_BAR}" rx="3"/>'
    )


def _years(scale: _Scale, floor: int) -> Iterator[str]:
    for year in range(scale.begins.year + 1, scale.ends.year + 1):
        place = scale(datetime(year, 1, 1, tzinfo=UTC))
        yield (
            f'<path d="M{place} {_TOP - 8}V{floor}" stroke="currentColor" stroke-opacity=".18"/>'
            f'<text x="{place}" y="{floor + 14}" text-anchor="middle" font-size="11" '
            f'fill="currentColor" fill-opacity=".75">{year}</text>'
        )


def _today(scale: _Scale, at: datetime, floor: int, word: str) -> Iterator[str]:
    place, near = scale(at), 4 * len(word) + _MARGIN
    anchor = "middle"
    if not near < place < scale.width - near:
        # The anchor is relative to the reading direction.
        anchor = "end" if (place > scale.width / 2) is not scale.mirrored else "start"
    yield f'<path d="M{place} 24V{floor}" stroke="currentColor" stroke-dasharray="3 3"/>'
    yield (
        f'<text x="{place}" y="17" text-anchor="{anchor}" font-weight="600" '
        f'fill="currentColor">{_text(word)}</text>'
    )


def _marks(marks: Sequence[_Mark], scale: _Scale, floor: int) -> Iterator[str]:
    edge = scale.width - _MARGIN - 18 if scale.mirrored else _MARGIN + 18
    own = scale.width - _MARGIN - 5 if scale.mirrored else _MARGIN + 5
    line = floor + 38
    for mark in marks:
        place = scale(mark.at)
        yield (
            f'<path class="b" fill="#c0392b" stroke="#c0392b" d="M{place} {_TOP}V{floor}"/>'
            f'<path class="b" fill="#c0392b" d="M{place} {_TOP - 12}l5 6-5 6-5-6z"/>'
            f'<path class="b" fill="#c0392b" d="M{own} {line - 11}l5 6-5 6-5-6z"/>'
        )
        for number, words in enumerate(mark.lines):
            text = _text(words)
            if number == 0 and words.startswith(mark.date):
                stamp = f"{mark.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
                rest = _text(words.removeprefix(mark.date))
                text = f'<tspan data-at="{stamp}">{_text(mark.date)}</tspan>{rest}'
            yield f'<text x="{edge}" y="{line}" fill="currentColor">{text}</text>'
            line += 16
        line += 8


def _mark(instant: datetime, profiles: Sequence[str], texts: PictureTexts, letters: int) -> _Mark:
    date = texts.date(instant)
    return _Mark(instant, date, wrap(f"{date}: {_names(profiles, texts)}", letters))


def _names(profiles: Sequence[str], texts: PictureTexts) -> str:
    names = [isolate(texts.labels.get(one, one), texts.language) for one in profiles]
    return formats.join(names, texts.language)


def _sentences(
    bars: Sequence[CertificateFacts],
    breaks: Mapping[datetime, list[str]],
    at: datetime,
    texts: PictureTexts,
) -> tuple[str, ...]:
    lines = [
        texts.valid
        % {
            "name": isolate(_printable_name(facts), texts.language),
            "starts": texts.date(facts.not_before),
            "ends": texts.date(facts.not_after),
        }
        for facts in bars
        if facts.not_before and facts.not_after
    ]
    lines.append(texts.seen % {"date": texts.date(at)})
    for instant, profiles in breaks.items():
        clients = _names(profiles, texts)
        lines.append(texts.broken % {"date": texts.date(instant), "clients": clients})
    return tuple(lines)


def _printable_name(facts: CertificateFacts) -> str:
    # Names come from third parties.
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in facts.name)


def _text(text: str) -> str:
    # XML 1.0 allows no control characters, not even escaped ones. Spaces and direction marks, which
    # str.isprintable rejects, belong to the texts of some languages.
    return escape("".join(one for one in text if unicodedata.category(one) not in {"Cc", "Cs"}))
