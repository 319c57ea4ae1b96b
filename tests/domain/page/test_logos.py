"""Sizes, shapes and addresses of logos."""

from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidError
from app.domain.page.logos import (
    Logo,
    LogoFacts,
    Picture,
    PictureKind,
    check_shape,
    fit_into,
)

SHA256 = "0123456789abcdef" * 4


def facts(width: int = 640, height: int = 160, kind: PictureKind = PictureKind.PNG) -> LogoFacts:
    return LogoFacts(kind, width, height, 1234, SHA256)


@pytest.mark.parametrize(
    ("width", "height", "shown"),
    [
        (640, 160, (160, 40)),  # by the height
        (1600, 160, (240, 24)),  # by the width
        (20, 10, (80, 40)),  # enlarged
        (100, 100, (40, 40)),
    ],
)
def test_a_logo_is_shown_in_a_box_of_240_by_40(
    width: int, height: int, shown: tuple[int, int]
) -> None:
    assert facts(width, height).shown == shown


@given(st.integers(1, 5000), st.integers(1, 5000), st.integers(1, 900), st.integers(1, 900))
def test_what_is_fitted_touches_the_box_and_does_not_leave_it(
    width: int, height: int, box_width: int, box_height: int
) -> None:
    fitted_width, fitted_height = fit_into(width, height, (box_width, box_height))
    assert 1 <= fitted_width <= box_width
    assert 1 <= fitted_height <= box_height
    assert fitted_width == box_width or fitted_height == box_height


@pytest.mark.parametrize(
    ("width", "height", "refused"),
    [
        (50, 100, None),
        (100, 100, None),
        (1000, 100, None),
        (49, 100, "picture_shape"),
        (1001, 100, "picture_shape"),
    ],
)
def test_the_shape_of_a_logo_is_between_one_to_two_and_ten_to_one(
    width: int, height: int, refused: str | None
) -> None:
    assert refusal(width, height) == refused


def refusal(width: int, height: int) -> str | None:
    """The code with which this shape is refused; None when it is accepted."""
    try:
        check_shape(width, height)
    except InvalidError as error:
        return error.code
    return None


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        (PictureKind.PNG, "/logo-0123456789.png"),
        (PictureKind.SVG, "/logo-0123456789.svg"),
    ],
)
def test_the_path_of_a_picture_follows_from_its_content_and_kind(
    kind: PictureKind, path: str
) -> None:
    assert facts(kind=kind).path == path


@pytest.mark.parametrize(
    ("kind", "media_type"), [(PictureKind.PNG, "image/png"), (PictureKind.SVG, "image/svg+xml")]
)
def test_the_media_type_is_the_registered_one(kind: PictureKind, media_type: str) -> None:
    assert kind.media_type == media_type


def test_the_hash_of_a_picture_is_that_of_its_content() -> None:
    picture = Picture(PictureKind.PNG, b"png", 1, 1)
    assert picture.sha256 == sha256(b"png").hexdigest()


def test_a_logo_has_one_picture_or_one_for_each_colour_scheme() -> None:
    light, dark = facts(), facts(320)
    assert Logo(light).pictures == (light,)
    assert Logo(light, dark).pictures == (light, dark)


@pytest.mark.parametrize(
    ("light", "dark", "shown"),
    [
        (("png", 40_000), None, 1),
        (("png", 40_001), None, 0),
        (("svg", 900), None, 0),
        (("png", 20_000), ("png", 20_000), 2),
        (("png", 20_000), ("png", 20_001), 1),
        (("png", 20_000), ("svg", 900), 1),
        (("svg", 900), ("png", 900), 0),
    ],
)
def test_mails_show_raster_pictures_of_40_kb_together(
    light: tuple[str, int], dark: tuple[str, int] | None, shown: int
) -> None:
    pictures = [
        None if each is None else replace(facts(kind=PictureKind(each[0])), size=each[1])
        for each in (light, dark)
    ]
    assert pictures[0] is not None
    in_mails = Logo(pictures[0], pictures[1], contains_name=True).for_mail
    assert len(() if in_mails is None else in_mails.pictures) == shown
    assert in_mails is None or in_mails.contains_name
