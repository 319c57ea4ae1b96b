"""Raster pictures: decoded, scaled down, and encoded as PNG without metadata.

Imports Pillow: import this module only for an upload.
"""

from collections.abc import Callable, Mapping
from io import BytesIO

from PIL import GifImagePlugin, Image, ImageOps, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from app.domain.errors import InvalidError
from app.domain.page.logos import MAX_SIZE, Picture, PictureKind, check_shape

__all__ = ["read_raster"]

# Decoding them takes 64 MB.
_MAX_PIXELS = 16_000_000
_MAX_SIDE = 10_000
_MIN_SIDE = 16
# A larger file is reduced to 256 colours: visitors load it with every page.
_MAX_TRUE_COLOUR_BYTES = 60_000
_SCALABLE_MODES = frozenset({"L", "LA", "RGB", "RGBA", "CMYK", "YCbCr"})

# Only these decoders of Pillow are reachable.
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
            # Only the header is read so far: a small file can declare a large picture.
            _check_size(*opened.size)
            return _encoded(_normalized(opened))
    except InvalidError:
        raise
    except Exception as error:  # decoders raise many types
        raise InvalidError(
            "This picture is damaged; export it again.", code="broken_picture", field="logo"
        ) from error


def _check_size(width: int, height: int) -> None:
    if width * height > _MAX_PIXELS or max(width, height) > _MAX_SIDE:
        raise InvalidError(
            f"This picture has {width} × {height} pixels; 4000 × 4000 are the most.",
            code="picture_pixels",
            field="logo",
            data={"width": width, "height": height},
        )
    if min(width, height) < _MIN_SIDE:
        raise InvalidError(
            f"This picture is too small; it needs {_MIN_SIDE} pixels each way.",
            code="picture_too_small",
            field="logo",
            data={"least": _MIN_SIDE},
        )


def _normalized(opened: Image.Image) -> Image.Image:
    """The pixels with the orientation applied, scaled down, in RGB or RGBA, without metadata."""
    picture = ImageOps.exif_transpose(opened)
    check_shape(*picture.size)
    if picture.mode == "I;16":
        picture = picture.point([value >> 8 for value in range(65536)], "L")
    # Colours of a palette cannot be interpolated.
    if picture.mode not in _SCALABLE_MODES or "transparency" in picture.info:
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    picture.thumbnail(MAX_SIZE, Image.Resampling.LANCZOS, reducing_gap=3.0)
    picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    # `info` has profiles, comments, locations and dates, some of which the encoder would copy.
    picture.info = {}
    return picture


def _encoded(picture: Image.Image) -> Picture:
    content = _png(picture)
    if len(content) > _MAX_TRUE_COLOUR_BYTES:
        content = _png(picture.quantize(256, method=Image.Quantize.FASTOCTREE))
    return Picture(PictureKind.PNG, content, *picture.size)


def _png(picture: Image.Image) -> bytes:
    written = BytesIO()
    picture.save(written, "PNG", optimize=True)
    return written.getvalue()
