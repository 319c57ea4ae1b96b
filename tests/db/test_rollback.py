"""An upgrade and its rollback with data, on both databases."""

from pathlib import Path

import pytest
from sqlalchemy import text

from app.db import schema
from app.db.engine import make_engine
from app.db.migrate import downgrade, upgrade
from app.rendering import pages
from app.usecases.incidents.lifecycle import post_update
from app.usecases.public.pages import overview
from tests.cast import BASE_URL, BEN, Backend, open_backend
from tests.e2e.releases import add_migration
from tests.factories import make_incident, make_service, update


def next_release(place: Path, compatible_from: str | None) -> Path:
    """The migrations of a release after this one, with one more."""
    migrations = place / "migrations"
    add_migration(migrations, compatible_from)
    return migrations


def is_current(url: str) -> bool:
    engine = make_engine(url)
    try:
        return schema.is_current(engine)
    finally:
        engine.dispose()


def work(backend: Backend, title: str) -> list[str]:
    """Open and update an incident; returns the titles of all open incidents on the page."""
    with backend.writing(BEN) as ctx:
        incident = make_incident(ctx, title=title).incident.id
        post_update(ctx, incident, update())
    with backend.reading() as ctx:
        # The titles as the page shows them.
        page = pages.overview(overview(ctx, BASE_URL), "en").decode()
    return [title for title in ("After", "Again", "Before", "During") if f">{title}<" in page]


def test_this_release_works_on_the_schema_of_the_next_one_that_only_adds(
    database_url: str, tmp_path: Path
) -> None:
    migrations = next_release(tmp_path, schema.newest())
    with open_backend(database_url) as backend:
        with backend.writing() as ctx:
            make_service(ctx)
        assert work(backend, "Before") == ["Before"]
        upgrade(database_url, migrations=migrations)
        assert is_current(database_url)
        assert work(backend, "During") == ["Before", "During"]
        downgrade(database_url, schema.newest(), migrations=migrations)
        assert is_current(database_url)
        assert work(backend, "After") == ["After", "Before", "During"]
    # And forward again.
    upgrade(database_url, migrations=migrations)
    with open_backend(database_url) as backend:
        assert work(backend, "Again") == ["After", "Again", "Before", "During"]


def test_a_schema_that_is_not_marked_compatible_is_refused_until_it_is_downgraded(
    database_url: str, tmp_path: Path
) -> None:
    migrations = next_release(tmp_path, None)
    upgrade(database_url, migrations=migrations)
    with pytest.raises(schema.UnknownSchemaError):
        is_current(database_url)
    downgrade(database_url, schema.newest(), migrations=migrations)
    assert is_current(database_url)


def test_a_schema_of_a_release_that_did_not_store_what_can_use_it_is_refused(
    database_url: str,
) -> None:
    engine = make_engine(database_url)
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE alembic_version SET version_num = 'unknown', compatible_from = NULL")
        )
    engine.dispose()
    with pytest.raises(schema.UnknownSchemaError):
        is_current(database_url)
