import pytest

from app.domain.errors import InvalidError
from app.domain.page.appearance import (
    DARK_BACKGROUND,
    LIGHT_BACKGROUND,
    Accent,
    check_accent,
    check_url,
    contrast,
)


def test_contrast_is_what_wcag_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#1a5fb4", "#1a5fb4") == 1


@pytest.mark.parametrize("background", [LIGHT_BACKGROUND, DARK_BACKGROUND])
@pytest.mark.parametrize("colour", ["#ffcc00", "#333333", "#808080", "#ff0000"])
def test_what_is_too_faint_is_refused_with_a_shade_that_would_do(
    background: str, colour: str
) -> None:
    if contrast(colour, background) >= 4.5:
        assert check_accent(colour.upper(), background, field="a") == colour
        return
    with pytest.raises(InvalidError) as refused:
        check_accent(colour, background, field="a")
    assert refused.value.code == "low_contrast"
    shade = str(refused.value.data["shade"])
    assert check_accent(shade, background, field="a") == shade


@pytest.mark.parametrize("colour", ["red", "#fff", "#12345", "#1234567", "#gggggg", "url(x)"])
def test_what_is_no_colour_is_refused(colour: str) -> None:
    with pytest.raises(InvalidError):
        check_accent(colour, LIGHT_BACKGROUND, field="a")


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "//x.example", "ftp://x", "https://a b", ""]
)
def test_a_link_leads_to_the_web_or_a_mailbox(url: str) -> None:
    with pytest.raises(InvalidError):
        check_url(url, field="a")
    assert check_url(" https://example.com/help ", field="a") == "https://example.com/help"


@pytest.mark.parametrize("background", ["#777777", "#757575", "#000000", "#ffffff"])
def test_a_shade_is_found_on_any_background(background: str) -> None:
    with pytest.raises(InvalidError) as refused:
        check_accent(background, background, field="a")
    assert contrast(str(refused.value.data["shade"]), background) >= 4.5


def test_accents_of_each_scheme_replace_the_colour_of_links() -> None:
    assert Accent("#123456", "#abcdef").css.splitlines() == [
        ":root { --link: #123456 }",
        "@media (prefers-color-scheme: dark) { :root { --link: #abcdef } }",
    ]


def test_an_accent_for_light_leaves_the_dark_scheme_as_it_is() -> None:
    css = Accent("#123456", None).css
    assert css.startswith("@media not all and (prefers-color-scheme: dark) {")
    assert "--link: #123456" in css


def test_without_accents_the_stylesheet_is_empty() -> None:
    assert Accent(None, None).css == ""


def test_the_digest_changes_with_the_colours() -> None:
    digest = Accent("#123456", None).digest
    assert len(digest) == 10
    assert digest != Accent("#123457", None).digest
