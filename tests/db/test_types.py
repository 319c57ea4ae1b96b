"""Columns that mean the same on both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Connection, Integer, MetaData, Table, select
from sqlalchemy.exc import StatementError

from app.db.engine import make_engine
from app.db.text_json import text_from_json, text_to_json
from app.db.types import TextColumn, UTCDateTime
from app.domain.texts.localized_text import LocalizedText, Translation
from app.domain.texts.phrases import PHRASES, Param, Phrase, Phrased, Text

samples = Table(
    "samples",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("at", UTCDateTime),
    Column("text", TextColumn),
)


@pytest.fixture
def connection(empty_database_url: str) -> Iterator[Connection]:
    engine = make_engine(empty_database_url)
    samples.metadata.create_all(engine)
    with engine.connect() as opened:
        yield opened
    engine.dispose()


def round_trip(connection: Connection, name: str, value: Any) -> Any:  # noqa: ANN401
    connection.execute(samples.delete())
    connection.execute(samples.insert().values({name: value}))
    return connection.execute(select(samples.c[name])).scalar_one()


EVERY_KIND = settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
instants = st.builds(
    lambda at, zone: at.replace(tzinfo=zone),
    st.datetimes(datetime(1990, 1, 2), datetime(2199, 12, 30)),  # noqa: DTZ001  # zoned here
    zones,
)
# Both databases refuse what no text of ours may hold.
words = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=8
)
tags = st.sampled_from(["en", "sv", "ar", "pt-br"])


@st.composite
def localized(draw: st.DrawFn) -> LocalizedText:
    translations = draw(
        st.dictionaries(tags, st.builds(Translation, words, st.integers(1, 5)), min_size=1)
    )
    return LocalizedText(draw(st.sampled_from(list(translations))), 5, translations)


params: st.SearchStrategy[Param] = st.one_of(
    words,
    st.integers(-(10**9), 10**9),
    instants,
    localized(),
    st.lists(st.one_of(words, localized()), max_size=3).map(tuple),
)
phrased = st.lists(
    st.builds(Phrase, st.sampled_from(sorted(PHRASES)), st.dictionaries(words, params, max_size=3)),
    max_size=3,
).map(lambda phrases: Phrased(tuple(phrases)))
texts: st.SearchStrategy[Text] = st.one_of(localized(), phrased)


@EVERY_KIND
@given(at=instants)
def test_an_instant_comes_back_as_the_same_instant_in_utc(
    connection: Connection, at: datetime
) -> None:
    found = round_trip(connection, "at", at)
    assert found == at
    assert found.utcoffset() == timedelta(0)


def test_a_time_without_a_zone_is_refused(connection: Connection) -> None:
    with pytest.raises(StatementError):
        round_trip(connection, "at", datetime(2021, 9, 30, 14, 1))  # noqa: DTZ001


def test_no_time_is_no_time(connection: Connection) -> None:
    assert round_trip(connection, "at", None) is None


def test_instants_are_in_order_whatever_their_zones(connection: Connection) -> None:
    noon = datetime(2021, 9, 30, 12, tzinfo=UTC)
    east = datetime(2021, 9, 30, 16, 30, tzinfo=timezone(timedelta(hours=5)))
    connection.execute(samples.insert(), [{"at": noon}, {"at": east}])
    found = connection.execute(select(samples.c.at).order_by(samples.c.at)).scalars().all()
    assert list(found) == [east, noon]


@EVERY_KIND
@given(text=texts)
def test_a_text_comes_back_as_it_was(connection: Connection, text: Text) -> None:
    assert round_trip(connection, "text", text) == text


def test_no_text_is_no_text(connection: Connection) -> None:
    assert round_trip(connection, "text", None) is None
    assert connection.execute(select(samples).where(samples.c.text.is_(None))).all() != []


@given(text=texts)
def test_a_text_survives_its_json_form(text: Text) -> None:
    assert text_from_json(text_to_json(text)) == text
