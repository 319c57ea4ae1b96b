"""Conversion of uploaded bytes to a picture."""

from app.domain.errors import InvalidError
from app.domain.page.logos import Picture

__all__ = ["read_picture"]

_MAGIC_NUMBERS = {
    b"\x89PNG\r\n\x1a\n": "png",
    b"\xff\xd8\xff": "jpeg",
    b"GIF87a": "gif",
    b"GIF89a": "gif",
}


def read_picture(content: bytes) -> Picture:
    """Convert an upload to a safe picture. Raises InvalidError with the reason.

    The content decides about the format, not the name or media type, which a client can choose.
    """
    if not content:
        raise InvalidError("Choose a file.", code="no_picture", field="logo")
    kind = _raster_kind(content)
    if kind is not None:
        # Pillow takes time and memory to import, which a server without uploads need not spend, and
        # so do the XML libraries below.
        from app.pictures import raster

        return raster.read_raster(content, kind)
    if content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        from app.pictures import vector

        return vector.read_vector(content)
    raise InvalidError(
        "This is no picture in PNG, JPEG, WebP, GIF or SVG.", code="not_a_picture", field="logo"
    )


def _raster_kind(content: bytes) -> str | None:
    for magic, kind in _MAGIC_NUMBERS.items():
        if content.startswith(magic):
            return kind
    return "webp" if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else None
