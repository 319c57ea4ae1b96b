"""Share picture: a PNG that link previews show, with the status as icon and in words.

Imports Pillow: import this module only when a picture is requested.
"""

from dataclasses import dataclass
from enum import IntEnum
from io import BytesIO
from typing import Any

from PIL import Image, ImageColor, ImageDraw, ImageFont

from app.pictures.line_breaking import break_lines
from app.pictures.share_content import DirectedText, ShareContent
from app.pictures.status_icons import draw_icon
from app.pictures.typefaces import can_shape, load_font, settable

__all__ = ["draw_share_picture"]

# The size that link previews expect: https://ogp.me, and X's card with a large image.
_WIDTH, _HEIGHT = 1200, 630
_MARGIN, _BAND = 84, 28
_COLUMN = _WIDTH - 2 * _MARGIN
_TOP, _BOTTOM, _GAP = 62, 66, 30
_ICON, _ICON_GAP = 92, 30
# The icon alone, where the words cannot be set.
_LARGE_ICON = 240
_LINE_HEIGHT = 1.32
# The middle of a line of Latin text is this share of its size above the baseline.
_MIDDLE = 0.36
_NAME_SIZE, _DETAIL_SIZE = 38, 34
# Sizes and numbers of lines to try, until a text fits whole; with the last ones it is cut.
_STATUS_FITS = ((54, 1), (46, 1), (40, 2))
_HEADLINE_FITS = ((72, 3), (64, 3), (56, 3))
_TITLE_FITS = ((66, 3), (58, 3), (50, 3), (46, 3))
_MOST_DETAIL_LINES = 2
# Shades from the background to each colour, which make edges smooth.
_SHADES = 24
# Of a mask: which pixels it covers, even the slightest.
_PRESENT = [0 if round(value * _SHADES / 255) == 0 else 255 for value in range(256)]
_COMPRESS_LEVEL = 6


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines of one text in one font."""

    lines: tuple[str, ...]
    font: ImageFont.FreeTypeFont
    size: int
    options: dict[str, Any]
    is_rtl: bool

    @property
    def height(self) -> float:
        return len(self.lines) * self.size * _LINE_HEIGHT


def draw_share_picture(content: ShareContent) -> bytes:
    """Draw the picture, 1200 × 630 pixels, as PNG.

    A text that no typeface can set is left out; without a status in words the icon is larger. Equal
    content gives equal bytes. Not for several threads at a time.
    """
    canvas = _Canvas(content)
    name = _block(content.page, _NAME_SIZE, _COLUMN, 1, bold=True)
    fits = _STATUS_FITS if content.title else _HEADLINE_FITS
    status = _fitted(content.status, fits, _COLUMN - _ICON - _ICON_GAP, _HEIGHT)
    if status is None:
        canvas.icon_alone(name)
        return canvas.png()
    if name:
        canvas.block(name, _TOP, _Layer.SOFT)
    top = canvas.status(status, _TOP + _NAME_SIZE * _LINE_HEIGHT + _GAP) + _GAP / 2
    if content.title:
        # The title comes first: each detail can do with one line.
        foot = len(content.details) * _DETAIL_SIZE * _LINE_HEIGHT + _GAP / 2
        title = _fitted(content.title, _TITLE_FITS, _COLUMN, _HEIGHT - _BOTTOM - foot - top)
        if title:
            canvas.block(title, top, _Layer.INK)
            top += title.height + _GAP / 2
    canvas.details(content.details, top)
    return canvas.png()


class _Layer(IntEnum):
    """What is drawn in one colour."""

    INK, SOFT, HUE = range(3)


class _Canvas:
    """The picture while it is drawn: a mask for each colour."""

    def __init__(self, content: ShareContent) -> None:
        self._content = content
        self._masks = {layer: Image.new("L", (_WIDTH, _HEIGHT), 0) for layer in _Layer}
        self._draws = {layer: ImageDraw.Draw(mask) for layer, mask in self._masks.items()}
        edge = _WIDTH - _BAND if content.is_rtl else 0
        self._draws[_Layer.HUE].rectangle((edge, 0, edge + _BAND - 1, _HEIGHT), fill=255)

    def icon_alone(self, name: _Block | None) -> None:
        """The icon in the middle, with the name of the page below it."""
        top = (_HEIGHT - _LARGE_ICON) // 2 - (int(name.height) // 2 if name else 0)
        self._icon((_WIDTH - _LARGE_ICON) // 2, top, _LARGE_ICON)
        if name:
            middle = (_WIDTH - name.font.getlength(name.lines[0], **name.options)) / 2
            inset = middle - _MARGIN
            self.block(name, top + _LARGE_ICON + _GAP, _Layer.SOFT, inset)

    def status(self, status: _Block, top: float) -> float:
        """The icon and the status beside it; returns where they end."""
        height = max(_ICON, status.height)
        left = _WIDTH - _MARGIN - _ICON if self._content.is_rtl else _MARGIN
        self._icon(left, round(top), _ICON)
        # One line is level with the middle of the icon, several begin at its top.
        inset = max(0.0, (_ICON - status.height) / 2)
        self.block(status, top + inset, _Layer.INK, _ICON + _ICON_GAP)
        return top + height

    def details(self, details: tuple[DirectedText, ...], top: float) -> None:
        """The quiet lines at the foot, the last ones first, as far as they fit below `top`."""
        bottom: float = _HEIGHT - _BOTTOM
        line = _DETAIL_SIZE * _LINE_HEIGHT
        for others, detail in zip(range(len(details) - 1, -1, -1), reversed(details), strict=True):
            most = min(_MOST_DETAIL_LINES, int((bottom - top) / line) - others)
            block = _block(detail, _DETAIL_SIZE, _COLUMN, max(most, 1))
            if block:
                bottom -= block.height
                self.block(block, bottom, _Layer.SOFT)

    def block(self, block: _Block, top: float, layer: _Layer, inset: float = 0) -> None:
        """Draw the lines from `top` on; `inset` is their distance from the edge they start at.

        Several lines begin at the edge where their language begins, a single one where the layout
        does, as on the page.
        """
        mirrored = self._content.is_rtl if inset or len(block.lines) == 1 else block.is_rtl
        x = _WIDTH - _MARGIN - inset if mirrored else _MARGIN + inset
        anchor = "rs" if mirrored else "ls"
        for index, line in enumerate(block.lines):
            middle = top + (index + 0.5) * block.size * _LINE_HEIGHT
            at = (x, middle + block.size * _MIDDLE)
            self._draws[layer].text(at, line, 255, block.font, anchor, **block.options)

    def png(self) -> bytes:
        """The picture as PNG, in a palette with the shades of each colour.

        Reducing a picture in true colour to as many colours would take four times as long.
        """
        picture = Image.new("L", (_WIDTH, _HEIGHT), 0)
        for layer, mask in self._masks.items():
            first = layer * _SHADES
            shades = [round(value * _SHADES / 255) for value in range(256)]
            picture.paste(
                mask.point([first + shade for shade in shades]), mask=mask.point(_PRESENT)
            )
        picture.putpalette(self._palette())
        written = BytesIO()
        picture.save(written, "PNG", compress_level=_COMPRESS_LEVEL)
        return written.getvalue()

    def _palette(self) -> list[int]:
        """The background, and after it the shades of each colour up to the colour itself."""
        colours = self._content.colours
        background = ImageColor.getrgb(colours.background)[:3]
        palette = list(background)
        for name in (colours.text_colour, colours.soft, colours.hue):
            colour = ImageColor.getrgb(name)[:3]
            for shade in range(1, _SHADES + 1):
                share = shade / _SHADES
                palette += [
                    round(back + (front - back) * share)
                    for back, front in zip(background, colour, strict=True)
                ]
        return palette

    def _icon(self, left: int, top: int, size: int) -> None:
        self._masks[_Layer.HUE].paste(draw_icon(self._content.symbol, size), (left, top))


def _fitted(
    text: DirectedText, fits: tuple[tuple[int, int], ...], width: float, space: float
) -> _Block | None:
    """The text in the first of these sizes in which it is whole, else cut in the last one."""
    for size, most in fits:
        lines = min(most, int(space / (size * _LINE_HEIGHT)))
        is_last = size == fits[-1][0]
        if lines > 0 and (block := _block(text, size, width, lines, bold=True, cut=is_last)):
            return block
    return None


def _block(
    text: DirectedText, size: int, width: float, most: int, *, bold: bool = False, cut: bool = True
) -> _Block | None:
    """The text in at most `most` lines; None when it cannot be set, or not whole without `cut`."""
    found = settable(text.text, shaping=can_shape())
    if found is None:
        return None
    line, typeface = found
    font = load_font(typeface, size, bold=bold)
    options: dict[str, Any] = {}
    if can_shape():
        options = {"direction": "rtl" if text.is_rtl else "ltr", "language": text.language}
    lines, is_whole = break_lines(line, width, most, lambda some: font.getlength(some, **options))
    if not is_whole and not cut:
        return None
    return _Block(tuple(lines), font, size, options, text.is_rtl)
