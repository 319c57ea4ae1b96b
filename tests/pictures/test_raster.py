"""Pictures of pixels: sniffed, made small, encoded anew."""

import struct
import zlib
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from app.domain.errors import InvalidError
from app.domain.page.logos import MAX_SIZE, Picture, PictureKind
from app.pictures.reader import read_picture
from tests.pictures.samples import raster

_SEEDS = [raster(kind, (48, 24), "RGB") for kind in ("PNG", "JPEG", "WEBP", "GIF")]


def opened(picture: Picture) -> Image.Image:
    return Image.open(BytesIO(picture.content))


def code_of(content: bytes) -> str:
    with pytest.raises(InvalidError) as refused:
        read_picture(content)
    assert refused.value.field == "logo"
    return refused.value.code


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_every_kind_becomes_a_png(kind: str) -> None:
    found = read_picture(raster(kind, mode="RGB"))
    assert (found.kind, found.width, found.height) == (PictureKind.PNG, 320, 80)
    assert opened(found).format == "PNG"
    assert opened(found).size == (320, 80)


def test_a_large_picture_fits_the_box_and_keeps_its_shape() -> None:
    found = read_picture(raster("JPEG", (2000, 1000), "RGB"))
    assert (found.width, found.height) == (320, 160)


def test_what_shines_through_stays_so() -> None:
    glass = Image.new("RGBA", (64, 32), (26, 95, 180, 0))
    glass.paste((26, 95, 180, 255), (0, 0, 32, 32))
    written = BytesIO()
    glass.save(written, "WEBP", lossless=True)
    found = opened(read_picture(written.getvalue()))
    assert found.convert("RGBA").getpixel((4, 4)) == (26, 95, 180, 255)
    assert found.getchannel("A").getpixel((60, 4)) == 0


def test_what_cameras_and_editors_note_is_left_out() -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", "ada@example.com")
    exif = Image.Exif()
    exif[0x010E] = "taken in the server room"
    content = raster("PNG", mode="RGB", pnginfo=notes, exif=exif, icc_profile=b"a profile")
    found = read_picture(content)
    assert opened(found).info == {}
    for noted in (b"ada@example.com", b"server room", b"a profile"):
        assert noted not in found.content


def test_a_picture_taken_sideways_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    found = read_picture(raster("JPEG", (100, 200), "RGB", exif=exif))
    assert found.width > found.height


def test_the_first_frame_of_what_moves_is_taken() -> None:
    red, blue = (Image.new("RGB", (32, 32), colour) for colour in ("red", "blue"))
    written = BytesIO()
    red.save(written, "GIF", save_all=True, append_images=[blue])
    found = opened(read_picture(written.getvalue()))
    assert found.convert("RGB").getpixel((9, 9)) == (255, 0, 0)
    assert getattr(found, "n_frames", 1) == 1


def test_a_noisy_picture_stays_light() -> None:
    noise = Image.effect_noise((640, 160), 90).convert("RGB")
    written = BytesIO()
    noise.save(written, "PNG")
    assert len(read_picture(written.getvalue()).content) < 120_000


def test_a_small_file_that_claims_to_be_a_large_picture_is_refused_unread() -> None:
    head = b"IHDR" + struct.pack(">IIBBBBB", 9000, 9000, 8, 6, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head
    bomb += struct.pack(">I", zlib.crc32(head)) + b"\x00\x00\x00\x00IEND\xaeB`\x82"
    assert code_of(bomb) == "picture_pixels"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "no_picture"),
        (b"%PDF-1.7", "not_a_picture"),
        (b"BM" + bytes(100), "not_a_picture"),
        (b"\x89PNG\r\n\x1a\n", "broken_picture"),
        (raster("PNG")[:300], "broken_picture"),
        (raster("PNG", (8, 8)), "picture_too_small"),
        (raster("PNG", (640, 20)), "picture_shape"),
        (raster("PNG", (20, 64)), "picture_shape"),
    ],
)
def test_what_is_no_logo_is_refused_for_its_reason(content: bytes, code: str) -> None:
    assert code_of(content) == code


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(_SEEDS),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=12),
    st.integers(0, 500),
)
def test_whatever_is_sent_becomes_a_small_png_or_a_refusal(
    seed: bytes, changes: list[tuple[int, int]], cut: int
) -> None:
    content = bytearray(seed)
    for at, value in changes:
        content[at % len(content)] = value
    try:
        found = read_picture(bytes(content[: len(content) - cut] if cut < 40 else content))
    except InvalidError:
        return
    assert opened(found).format == "PNG"
    assert found.width <= MAX_SIZE[0]
    assert found.height <= MAX_SIZE[1]
