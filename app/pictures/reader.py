"""Any uploaded bytes become a picture or a refusal that tells why."""

from app.domain.errors import InvalidError
from app.domain.page.logos import Picture
from app.pictures import vector

__all__ = ["read_picture"]

_PIXELS = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg", b"GIF87a": "gif", b"GIF89a": "gif"}


def read_picture(content: bytes) -> Picture:
    """The picture these bytes are, made anew. Raises InvalidError that names what is wrong.

    Only the bytes decide: whoever sends them says any name and type.
    """
    if not content:
        raise InvalidError("Choose a file.", code="no_picture", field="logo")
    kind = _pixels(content)
    if kind is not None:
        # Only now: the library takes time and memory that a server without uploads can do without.
        from app.pictures import raster

        return raster.read_raster(content, kind)
    if content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        return vector.read_vector(content)
    raise InvalidError(
        "This is no picture in PNG, JPEG, WebP, GIF or SVG.", code="not_a_picture", field="logo"
    )


def _pixels(content: bytes) -> str | None:
    for magic, kind in _PIXELS.items():
        if content.startswith(magic):
            return kind
    return "webp" if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else None
