from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from app.domain.certificates.findings import CertificateFacts, Reason, Tier
from app.domain.certificates.horizon import Break, BreakKind, Horizon
from app.rendering.chain_picture import PictureTexts, draw, draw_chain

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SVG = "{http://www.w3.org/2000/svg}"
TEXTS = PictureTexts(
    "The chain", "Today", lambda instant: f"{instant:%Y-%m-%d}", {"old": "Old tills"}
)


def facts(name: str, starts: datetime, ends: datetime) -> CertificateFacts:
    return CertificateFacts("ab" * 32, name, "CA", not_before=starts, not_after=ends, name=name)


def breaking(profile: str, at: datetime) -> Horizon:
    lasting = Break(at, Reason.EXPIRED, BreakKind.ROOT)
    return Horizon(profile, Tier.LEGACY, Reason.OK, None, lasting)


CHAIN = (facts("shop", NOON - 30 * DAY, NOON + 60 * DAY), facts("R3", NOON - 9 * DAY, NOON + DAY))


def read(picture: bytes) -> etree._Element:
    return etree.fromstring(picture)


def test_certificates_are_bars_and_breaks_are_named() -> None:
    picture = read(draw_chain(CHAIN, [breaking("old", NOON + 20 * DAY)], at=NOON, texts=TEXTS))
    assert len(picture.findall(f"{SVG}rect")) == 2
    stated = ["".join(map(str, text.itertext())) for text in picture.findall(f"{SVG}text")]
    assert stated[-2:] == ["shop", "R3"]
    assert "Today" in stated
    assert "2026-06-21: Old tills" in stated


def test_the_picture_is_described_in_words_too() -> None:
    picture = read(draw_chain(CHAIN, [breaking("old", NOON + 20 * DAY)], at=NOON, texts=TEXTS))
    assert (picture.get("role"), picture.get("aria-labelledby")) == (
        "img",
        "chain-title chain-words",
    )
    assert picture.findtext(f"{SVG}title") == "The chain"
    reported = picture.findtext(f"{SVG}desc") or ""
    assert "shop: 2026-05-02 – 2026-07-31." in reported
    assert "2026-06-21: Old tills." in reported


def test_it_follows_the_readers_preference_for_dark() -> None:
    style = read(draw_chain(CHAIN, [], at=NOON, texts=TEXTS)).findtext(f"{SVG}style") or ""
    assert "prefers-color-scheme:dark" in style


def test_time_runs_from_the_right_where_people_read_that_way() -> None:
    arabic = PictureTexts("سلسلة", "اليوم", lambda instant: f"{instant:%Y}", language="ar")
    places = []
    for texts in (TEXTS, arabic):
        picture = read(draw_chain(CHAIN, [], at=NOON, texts=texts))
        first = picture.find(f"{SVG}rect")
        assert first is not None
        places.append((float(first.get("x", "")), float(first.get("width", ""))))
    (left, width), (right, same) = places
    assert (round(720 - left - width, 1), width) == (right, same)


def test_strangers_cannot_break_out_of_the_picture() -> None:
    evil = facts('</text><script>x</script>&"\x1b\x00\ud800', NOON, NOON + DAY)
    picture = read(draw_chain([evil], [], at=NOON, texts=TEXTS))
    assert picture.find(f".//{SVG}script") is None


@pytest.mark.parametrize("year", [1, 9999])
def test_the_ends_of_time_can_be_drawn(year: int) -> None:
    picture = read(draw_chain(CHAIN, [], at=datetime(year, 1, 1, tzinfo=UTC), texts=TEXTS))
    assert picture.tag == f"{SVG}svg"


@given(
    st.lists(st.tuples(st.text(max_size=90), st.datetimes(), st.datetimes()), max_size=4),
    st.lists(st.datetimes(), max_size=3),
    st.datetimes(),
)
def test_whatever_is_drawn_is_well_formed(
    bars: list[tuple[str, datetime, datetime]], breaks: list[datetime], at: datetime
) -> None:
    chain = [facts(name, *(one.replace(tzinfo=UTC) for one in dates)) for name, *dates in bars]
    horizons = [breaking("old", one.replace(tzinfo=UTC)) for one in breaks]
    picture = read(draw_chain(chain, horizons, at=at.replace(tzinfo=UTC), texts=TEXTS))
    assert picture.tag == f"{SVG}svg"


def test_spaces_and_marks_of_a_language_are_preserved_and_a_strangers_are_not() -> None:
    texts = PictureTexts("\u2068shop\u2069", "Today", lambda instant: f"{instant:%H}\u202fh")
    shady = facts("sh\u202eop", NOON - DAY, NOON + DAY)
    picture = read(draw_chain([shady], [], at=NOON, texts=texts))
    assert picture.findtext(f"{SVG}title") == "\u2068shop\u2069"
    reported = picture.findtext(f"{SVG}desc") or ""
    assert "12\u202fh" in reported
    assert "sh\ufffdop: " in reported


def test_a_narrow_picture_breaks_its_lines_sooner() -> None:
    labels = {"old": "Old tills, " * 8}
    texts = PictureTexts("The chain", "Today", str, labels)
    horizon = breaking("old", NOON + DAY)
    wide, narrow = (
        draw(CHAIN, [horizon], at=NOON, texts=texts, width=width) for width in (720, 360)
    )
    assert narrow.height > wide.height
    assert read(narrow.svg).get("viewBox") == f"0 0 360 {narrow.height}"
