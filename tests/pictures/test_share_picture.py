"""Share pictures: what is drawn where. The words are tested where they are chosen."""

from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image

from app.pictures.share_content import DirectedText, ShareColours, ShareContent
from app.pictures.share_picture import draw_share_picture
from app.pictures.typefaces import can_shape

PAPER, HUE = (252, 251, 248), (212, 94, 0)
COLOURS = ShareColours("#fcfbf8", "#1b222e", "#545b66", "#d45e00")
MARGIN = 84
LONG = "Card payments fail at several terminals because a line to the provider is interrupted. " * 4
SYMBOLS = (
    *("operational", "under_maintenance", "degraded_performance", "partial_outage"),
    *("major_outage", "unknown"),
)


def english(text: str) -> DirectedText:
    return DirectedText(text, "en", is_rtl=False)


def arabic(text: str) -> DirectedText:
    return DirectedText(text, "ar", is_rtl=True)


INCIDENT = ShareContent(
    "partial_outage",
    english("Harbour"),
    english("Partial outage · Investigating"),
    english("Card payments fail"),
    (english("Affected services: Checkout"), english("Since Oct 4, 2021, 11:30 AM UTC")),
    COLOURS,
    is_rtl=False,
)


def drawn(content: ShareContent) -> Image.Image:
    with Image.open(BytesIO(draw_share_picture(content))) as opened:
        assert opened.format == "PNG"
        return opened.convert("RGB")


def inked(picture: Image.Image, box: tuple[int, int, int, int]) -> bool:
    """Whether anything is drawn in this part of the picture."""
    colours = picture.crop(box).getcolors()
    return colours is None or any(colour != PAPER for _, colour in colours)


def test_a_picture_has_the_size_that_previews_expect_and_is_small() -> None:
    assert drawn(INCIDENT).size == (1200, 630)
    assert len(draw_share_picture(INCIDENT)) < 40_000


def test_equal_content_gives_equal_bytes() -> None:
    assert draw_share_picture(INCIDENT) == draw_share_picture(replace(INCIDENT))


def test_the_edge_where_the_language_begins_has_the_colour_of_the_status() -> None:
    picture = drawn(INCIDENT)
    assert (picture.getpixel((3, 300)), picture.getpixel((1196, 300))) == (HUE, PAPER)
    mirrored = drawn(replace(INCIDENT, is_rtl=True))
    assert (mirrored.getpixel((3, 300)), mirrored.getpixel((1196, 300))) == (PAPER, HUE)


def test_each_status_has_a_shape_of_its_own() -> None:
    icons = {
        drawn(replace(INCIDENT, symbol=symbol)).crop((MARGIN, 110, MARGIN + 92, 300)).tobytes()
        for symbol in SYMBOLS
    }
    assert len(icons) == len(SYMBOLS)


@pytest.mark.parametrize("title", [LONG, "W" * 300, "Störning " * 60], ids=["long", "word", "sv"])
def test_nothing_leaves_the_margins_however_long_it_is(title: str) -> None:
    services = english("Affected services: " + ", ".join(["A rather long name of a service"] * 20))
    long = replace(
        INCIDENT,
        page=english("A page with quite a long name " * 6),
        status=english("Degraded performance of nearly everything " * 6),
        title=english(title),
        details=(services, INCIDENT.details[1]),
    )
    picture = drawn(long)
    assert inked(picture, (MARGIN, 60, 1200 - MARGIN, 570))
    for edge in ((1200 - MARGIN + 8, 0, 1200, 630), (28, 0, MARGIN - 8, 630)):
        assert not inked(picture, edge)
    for edge in ((28, 0, 1200, 50), (28, 582, 1200, 630)):
        assert not inked(picture, edge)


def test_a_title_has_three_lines_whatever_else_is_long() -> None:
    services = english("Affected services: " + ", ".join(["A rather long name of a service"] * 20))
    picture = drawn(
        replace(
            INCIDENT,
            status=english("Eingeschränkte Leistung der Dienste · Wird noch untersucht"),
            title=english(LONG),
            details=(services, INCIDENT.details[1]),
        )
    )
    # The third line of the title, the space below it, and the first of two details.
    assert inked(picture, (MARGIN, 395, 600, 432))
    assert not inked(picture, (MARGIN, 456, 1100, 470))
    assert inked(picture, (MARGIN, 480, 600, 515))


def test_blocks_of_text_do_not_overlap() -> None:
    """With one block taken out nothing but its own lines changes."""
    whole = drawn(replace(INCIDENT, title=english(LONG)))
    without = drawn(replace(INCIDENT, title=english(LONG), details=()))
    foot = (28, 470, 1200, 580)
    assert inked(whole, foot)
    assert whole.crop((0, 0, 1200, 230)).tobytes() == without.crop((0, 0, 1200, 230)).tobytes()


def test_a_title_that_cannot_be_set_is_left_out_and_no_boxes_are_drawn() -> None:
    japanese = draw_share_picture(replace(INCIDENT, title=english("決済が失敗しています")))
    assert japanese == draw_share_picture(replace(INCIDENT, title=english("👍")))
    assert japanese != draw_share_picture(INCIDENT)


def test_where_the_status_cannot_be_set_the_icon_stands_alone_above_the_name() -> None:
    japanese = replace(
        INCIDENT, status=english("部分的な障害"), title=english("決済"), details=(english("時刻"),)
    )
    picture = drawn(japanese)
    assert inked(picture, (480, 150, 720, 420))
    assert inked(picture, (400, 420, 800, 520))
    assert not inked(picture, (28, 0, 400, 630))
    nameless = drawn(replace(japanese, page=english("港")))
    assert inked(nameless, (480, 195, 720, 435))
    assert not inked(nameless, (28, 440, 1200, 630))


@pytest.mark.skipif(not can_shape(), reason="the system has no FriBiDi")
def test_right_to_left_text_begins_at_the_right() -> None:
    content = replace(
        INCIDENT,
        status=arabic("انقطاع جزئي · قيد التحقيق"),
        title=arabic("تفشل المدفوعات"),
        details=(arabic("منذ ١١:٣٠"),),
        is_rtl=True,
    )
    picture = drawn(content)
    for band in ((130, 220), (230, 330), (520, 570)):
        assert inked(picture, (1000, band[0], 1200 - MARGIN + 4, band[1]))
        assert not inked(picture, (0, band[0], 300, band[1]))


@pytest.mark.skipif(not can_shape(), reason="the system has no FriBiDi")
def test_arabic_letters_are_joined_and_mixed_directions_are_reordered() -> None:
    def title(text: DirectedText) -> bytes:
        return drawn(replace(INCIDENT, title=text)).crop((MARGIN, 230, 1200, 330)).tobytes()

    joined = title(arabic("دفع"))
    # Between letters that join, a non-joiner changes the shapes.
    assert joined != title(arabic("د\u200cف\u200cع"))
    assert title(arabic("Login خطأ")) != title(english("Login خطأ"))
