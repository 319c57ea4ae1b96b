"""Logo of the page: a picture, and optionally another one for dark mode."""

from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256

from app.domain.errors import InvalidError

__all__ = [
    "MAX_SIZE",
    "ColourScheme",
    "Logo",
    "LogoFacts",
    "Picture",
    "PictureKind",
    "check_shape",
    "fit_into",
]

# The box of a logo in pixels: four times the height on pages, for screens with a high density.
MAX_SIZE = (640, 160)
# The box of a logo on pages, in CSS pixels.
_SHOWN_HEIGHT, _SHOWN_WIDTH = 40, 240
_MIN_ASPECT_RATIO, _MAX_ASPECT_RATIO = 0.5, 10
# A mail contains its logo: this is the most that a logo adds to each mail, before base64.
_MOST_MAIL_BYTES = 40_000


class PictureKind(StrEnum):
    """The format of a stored picture, which is also the extension in its URL."""

    PNG = "png"
    SVG = "svg"

    @property
    def media_type(self) -> str:
        """The media type, such as `image/png`."""
        return "image/png" if self is PictureKind.PNG else "image/svg+xml"


class ColourScheme(StrEnum):
    """The colour scheme of the page: light or dark mode."""

    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that is safe to serve, converted from an upload. Sizes are in pixels."""

    kind: PictureKind
    content: bytes
    width: int
    height: int

    @property
    def sha256(self) -> str:
        """The SHA-256 of the content, in hexadecimal."""
        return sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class LogoFacts:
    """A stored picture of the logo without its content; `size` is in bytes."""

    kind: PictureKind
    width: int
    height: int
    size: int
    sha256: str

    @property
    def digest(self) -> str:
        """Ten characters of the hash of the content, for the URL."""
        return self.sha256[:10]

    @property
    def path(self) -> str:
        """The path of the picture; the content at a path never changes."""
        return f"/logo-{self.digest}.{self.kind}"

    @property
    def content_id(self) -> str:
        """The name of the picture within a mail that contains it (RFC 2392)."""
        return f"logo.{self.sha256[:32]}@fyr"

    @property
    def shown(self) -> tuple[int, int]:
        """The width and height on pages, in CSS pixels."""
        width, height = fit_into(self.width, self.height, (_SHOWN_WIDTH, _SHOWN_HEIGHT))
        return width, height


@dataclass(frozen=True, slots=True)
class Logo:
    """The logo of the page. Without `dark`, dark mode shows `light` on a light background.

    `contains_name`: the picture contains the name of the page, which is not shown beside it.
    """

    light: LogoFacts
    dark: LogoFacts | None = None
    contains_name: bool = False

    @property
    def pictures(self) -> tuple[LogoFacts, ...]:
        """The pictures of the logo."""
        return (self.light,) if self.dark is None else (self.light, self.dark)

    @property
    def for_mail(self) -> "Logo | None":
        """The logo with the pictures that a mail contains; None where a mail shows no logo.

        Mail programs do not show SVG. The picture for dark mode is left out where the pictures
        are too large together.
        """
        for logo in (self, replace(self, dark=None)):
            is_raster = all(each.kind is PictureKind.PNG for each in logo.pictures)
            if is_raster and sum(each.size for each in logo.pictures) <= _MOST_MAIL_BYTES:
                return logo
        return None


def fit_into(width: float, height: float, box: tuple[int, int]) -> tuple[int, int]:
    """The largest size with this aspect ratio that fits into the box."""
    scale = min(box[0] / width, box[1] / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def check_shape(width: float, height: float) -> None:
    """Raise InvalidError for an aspect ratio below 0.5 or above 10."""
    if not _MIN_ASPECT_RATIO <= width / height <= _MAX_ASPECT_RATIO:
        raise InvalidError(
            "A logo is at least half as wide as it is tall, and at most ten times as wide.",
            code="picture_shape",
            field="logo",
        )
