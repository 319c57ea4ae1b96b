"""The languages of a new installation, and of one that was set up by an earlier version."""

import json

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from app.db.migrate import alembic_config, upgrade

# From this version on a new installation is published in English alone.
_ENGLISH_ALONE = "7c5594ba4e26"


def languages(url: str) -> list[str]:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT languages FROM page")).scalar_one()
    engine.dispose()
    return list(json.loads(found) if isinstance(found, str) else found)


def test_a_new_installation_is_published_in_english(empty_database_url: str) -> None:
    upgrade(empty_database_url)
    assert languages(empty_database_url) == ["en"]


_IN_USE = {
    "user_account": """
        INSERT INTO user_account (public_id, email, role, created_at)
        VALUES ('abcdefghijkl', 'ada@example.com', 'admin', '2026-01-01 00:00:00+00:00')
    """,
    "service": """
        INSERT INTO service (public_id, slug, name, position, known_since, created_at, updated_at)
        VALUES ('abcdefghijkl', 'web',
                '{"source": "en", "version": 1, "texts": {"en": ["Web", 1]}}',
                1, '2026-01-01 00:00:00+00:00', '2026-01-01 00:00:00+00:00',
                '2026-01-01 00:00:00+00:00')
    """,
}


@pytest.mark.parametrize("table", _IN_USE)
def test_an_installation_in_use_keeps_its_languages(empty_database_url: str, table: str) -> None:
    former = ScriptDirectory.from_config(alembic_config()).get_revision(_ENGLISH_ALONE)
    assert isinstance(former.down_revision, str)
    upgrade(empty_database_url, former.down_revision)
    engine = create_engine(empty_database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql(_IN_USE[table])
    engine.dispose()
    upgrade(empty_database_url)
    assert languages(empty_database_url) == ["en", "sv", "ar"]
