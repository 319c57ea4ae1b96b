"""The page's own logo: one picture, and another for dark where the first would not do."""

from dataclasses import dataclass
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

# Pixels of the box a logo fits into: four times the height that pages show it at, for fine screens.
MAX_SIZE = (640, 160)
# Pages show it with this height, in CSS pixels, unless that makes it wider than `_SHOWN_WIDTH`.
_SHOWN_HEIGHT, _SHOWN_WIDTH = 40, 240
_NARROWEST, _WIDEST = 0.5, 10


class PictureKind(StrEnum):
    """What a stored picture is; also how its address ends."""

    PNG = "png"
    SVG = "svg"

    @property
    def media_type(self) -> str:
        """Its content type."""
        return "image/png" if self is PictureKind.PNG else "image/svg+xml"


class ColourScheme(StrEnum):
    """On which paper a logo stands."""

    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that is safe to show: made by us of what was uploaded. Sizes are in pixels."""

    kind: PictureKind
    content: bytes
    width: int
    height: int

    @property
    def sha256(self) -> str:
        """The hash of its bytes, in hexadecimal."""
        return sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class LogoFacts:
    """What is known of a stored logo without its bytes; `size` is how many they are."""

    kind: PictureKind
    width: int
    height: int
    size: int
    sha256: str

    @property
    def digest(self) -> str:
        """Ten characters that change when the picture does."""
        return self.sha256[:10]

    @property
    def path(self) -> str:
        """Where it is served; what stands there never changes."""
        return f"/logo-{self.digest}.{self.kind}"

    @property
    def shown(self) -> tuple[int, int]:
        """The width and height that pages give it, in CSS pixels."""
        width, height = fit_into(self.width, self.height, (_SHOWN_WIDTH, _SHOWN_HEIGHT))
        return width, height


@dataclass(frozen=True, slots=True)
class Logo:
    """The logo of the page. Without a `dark` one the `light` one stands on light ground there.

    `says_name` tells that the page's name is part of the picture and need not stand beside it.
    """

    light: LogoFacts
    dark: LogoFacts | None = None
    contains_name: bool = False

    @property
    def pictures(self) -> tuple[LogoFacts, ...]:
        """Its pictures."""
        return (self.light,) if self.dark is None else (self.light, self.dark)


def fit_into(width: float, height: float, box: tuple[int, int]) -> tuple[int, int]:
    """The largest size of this shape inside the box."""
    scale = min(box[0] / width, box[1] / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def check_shape(width: float, height: float) -> None:
    """Raise InvalidError for what would be a line at the head of a page."""
    if not _NARROWEST <= width / height <= _WIDEST:
        raise InvalidError(
            "A logo is at least half as wide as it is tall, and at most ten times as wide.",
            code="picture_shape",
            field="logo",
        )
