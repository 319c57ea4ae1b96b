"""Errors about uploaded pictures. Each function raises InvalidError."""

from typing import NoReturn

from app.domain.errors import InvalidError

__all__ = ["raise_too_complex", "raise_too_large", "raise_unknown_format", "raise_unsafe"]


def raise_unsafe(what: str, line: int) -> NoReturn:
    """Refuse an SVG with something that can do more than draw, such as a script."""
    raise InvalidError(
        f"Take out {what} in line {line}: a logo may only draw.",
        code="unsafe_picture",
        field="logo",
        data={"what": what, "line": line},
    )


def raise_too_complex() -> NoReturn:
    """Refuse an SVG with too many elements, or with elements that refer to themselves."""
    raise InvalidError(
        "This drawing is too complex for a logo; simplify it.",
        code="picture_too_complex",
        field="logo",
    )


def raise_too_large(most: int) -> NoReturn:
    """Refuse an SVG with more than `most` bytes."""
    raise InvalidError(
        f"This SVG is too large; {most // 1000} kB are the most.",
        code="picture_too_large",
        field="logo",
        data={"kilobytes": most // 1000},
    )


def raise_unknown_format() -> NoReturn:
    """Refuse bytes in no supported format."""
    raise InvalidError(
        "This is no picture in PNG, JPEG, WebP, GIF or SVG.", code="not_a_picture", field="logo"
    )
