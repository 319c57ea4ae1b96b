import pytest
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st

from app.pictures.character_map import character_map
from scripts.build_share_fonts import TARGET

FONTS = sorted(TARGET.glob("*.ttf"))


@pytest.mark.parametrize("font", FONTS, ids=lambda path: path.stem)
def test_the_characters_of_a_font_are_those_that_fonttools_finds(font: object) -> None:
    content = TARGET.joinpath(str(font)).read_bytes()
    assert character_map(content) == set(TTFont(str(font)).getBestCmap())


@given(st.binary(max_size=60))
def test_bytes_that_are_no_font_are_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="no font"):
        character_map(content)


def test_a_font_that_breaks_off_is_refused() -> None:
    with pytest.raises(ValueError, match="no font"):
        character_map(FONTS[0].read_bytes()[:400])
