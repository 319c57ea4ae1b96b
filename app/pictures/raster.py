"""Pictures of pixels: decoded, made small enough, and encoded anew as PNG without anything else.

Imports Pillow: load this module only for who has uploaded something.
"""

from collections.abc import Callable, Mapping
from io import BytesIO

from PIL import GifImagePlugin, Image, ImageOps, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from app.domain.errors import InvalidError
from app.domain.page.logos import MAX_SIZE, Picture, PictureKind, check_shape

__all__ = ["read_raster"]

# More is no logo, and 64 MB to decode.
_MOST_PIXELS = 16_000_000
_LONGEST_SIDE = 10_000
_SHORTEST_SIDE = 16
# Beyond this the colours are reduced to 256: every page comes with it.
_HEAVY = 60_000
_SCALES_AS_IT_IS = frozenset({"L", "LA", "RGB", "RGBA", "CMYK", "YCbCr"})

# The four decoders by themselves: no other of the library's can be reached.
_DECODERS: Mapping[str, Callable[[BytesIO], Image.Image]] = {
    "gif": GifImagePlugin.GifImageFile,
    "jpeg": JpegImagePlugin.JpegImageFile,
    "png": PngImagePlugin.PngImageFile,
    "webp": WebPImagePlugin.WebPImageFile,
}


def read_raster(content: bytes, kind: str) -> Picture:
    """The first frame of these bytes as a PNG. Raises InvalidError."""
    try:
        with _DECODERS[kind](BytesIO(content)) as opened:
            # The header alone has been read: a small file can claim to be a large picture.
            _check_size(*opened.size)
            return _encoded(_flat(opened))
    except InvalidError:
        raise
    except Exception as error:  # whatever a decoder stumbles over
        raise InvalidError(
            "This picture is damaged; export it again.", code="broken_picture", field="logo"
        ) from error


def _check_size(width: int, height: int) -> None:
    if width * height > _MOST_PIXELS or max(width, height) > _LONGEST_SIDE:
        raise InvalidError(
            f"This picture has {width} × {height} pixels; 4000 × 4000 are the most.",
            code="picture_pixels",
            field="logo",
            data={"width": width, "height": height},
        )
    if min(width, height) < _SHORTEST_SIDE:
        raise InvalidError(
            f"This picture is too small; it needs {_SHORTEST_SIDE} pixels each way.",
            code="picture_too_small",
            field="logo",
            data={"least": _SHORTEST_SIDE},
        )


def _flat(opened: Image.Image) -> Image.Image:
    """The pixels the right way up, small enough, in RGB or RGBA, and nothing else."""
    picture = ImageOps.exif_transpose(opened)
    check_shape(*picture.size)
    if picture.mode == "I;16":
        picture = picture.point([value >> 8 for value in range(65536)], "L")
    # Among the colours of a palette there is nothing between two of them.
    if picture.mode not in _SCALES_AS_IT_IS or "transparency" in picture.info:
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    picture.thumbnail(MAX_SIZE, Image.Resampling.LANCZOS, reducing_gap=3.0)
    picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    # Profiles, comments, places and dates of cameras stand here; the encoder would take some along.
    picture.info = {}
    return picture


def _encoded(picture: Image.Image) -> Picture:
    content = _png(picture)
    if len(content) > _HEAVY:
        content = _png(picture.quantize(256, method=Image.Quantize.FASTOCTREE))
    return Picture(PictureKind.PNG, content, *picture.size)


def _png(picture: Image.Image) -> bytes:
    written = BytesIO()
    picture.save(written, "PNG", optimize=True)
    return written.getvalue()
