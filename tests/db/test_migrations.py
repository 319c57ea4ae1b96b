"""Every way from one version of the schema to another, on both databases."""

import ast

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from app import folder
from app.db.base import metadata, set_index_conditions
from app.db.engine import make_engine
from app.db.migrate import alembic_config, downgrade, upgrade
from app.db.schema import is_current
from app.domain.permissions import Role
from app.domain.statuses import ServiceStatus
from app.monitors import ADAPTERS
from app.usecases.context import Ctx
from app.usecases.encryption import SecretBox
from app.usecases.idempotency import StoredResponse, once
from app.usecases.services.aliases import add_alias
from app.usecases.sources import inbox, sources
from app.usecases.sources.records import NewSource
from app.usecases.sources.routes import NewRoute, add_route
from app.usecases.users import sessions
from app.usecases.users.sessions import BrowserInfo
from app.usecases.users.users import add_user
from tests.cast import ADA, BEN, Backend, open_backend
from tests.factories import make_incident, make_maintenance, make_service, make_target, update

REVISIONS = list(ScriptDirectory.from_config(alembic_config()).walk_revisions())


def tables(url: str) -> set[str]:
    engine = create_engine(url)
    found = set(inspect(engine).get_table_names())
    engine.dispose()
    return found


def current(url: str) -> bool:
    engine = make_engine(url)
    found = is_current(engine)
    engine.dispose()
    return found


def test_there_is_one_newest_version() -> None:
    assert len(ScriptDirectory.from_config(alembic_config()).get_heads()) == 1


def test_an_empty_database_becomes_the_newest_and_stays_it(empty_database_url: str) -> None:
    assert not current(empty_database_url)
    for _ in range(2):
        upgrade(empty_database_url)
        assert current(empty_database_url)


def test_the_tables_in_the_code_are_those_of_the_migrations(database_url: str) -> None:
    engine = make_engine(database_url)
    config = alembic_config()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.check(config)
    engine.dispose()


def test_partial_indexes_have_the_conditions_of_the_migrations(sqlite_url: str) -> None:
    set_index_conditions()
    engine = make_engine(sqlite_url)
    inspector = inspect(engine)
    stored = {
        str(index["name"]): str(index["dialect_options"]["sqlite_where"])
        for table in metadata.tables
        for index in inspector.get_indexes(table)
        if index.get("dialect_options")
    }
    engine.dispose()
    declared = {
        str(index.name): str(index.dialect_options["postgresql"]["where"])
        for table in metadata.tables.values()
        for index in table.indexes
        if index.dialect_options["sqlite"]["where"] is not None
    }
    assert declared == stored
    assert declared["ix_staff_mail_waiting"] == "finished_at IS NULL"


def test_every_migration_goes_back_and_forth(empty_database_url: str) -> None:
    upgrade(empty_database_url)
    whole = tables(empty_database_url)
    for revision in REVISIONS:
        with_it = tables(empty_database_url)
        downgrade(empty_database_url, str(revision.down_revision or "base"))
        assert not current(empty_database_url)
        upgrade(empty_database_url, revision.revision)
        assert tables(empty_database_url) == with_it
        downgrade(empty_database_url, str(revision.down_revision or "base"))
    upgrade(empty_database_url)
    assert tables(empty_database_url) == whole


def test_going_back_to_the_beginning_leaves_nothing(empty_database_url: str) -> None:
    upgrade(empty_database_url)
    downgrade(empty_database_url, "base")
    assert tables(empty_database_url) <= {"alembic_version"}


def fill(backend: Backend) -> None:
    with backend.writing() as ctx:
        make_service(ctx, group="Shop")
        make_incident(ctx, update(services={"payments": ServiceStatus.MAJOR_OUTAGE}))
        make_maintenance(ctx)
        make_target(ctx)
        ben = add_user(ctx, BEN.name, Role.EDITOR)
        sessions.begin(ctx, ben.id, BrowserInfo("Firefox", "192.0.2.1"), days=14)
    with backend.writing(ADA) as ctx:
        connect_monitor(ctx)


def connect_monitor(ctx: Ctx) -> None:
    """A source that has called, its route, another name of the service, a stored response."""
    secret_box = SecretBox(lambda: b"k" * 32)
    made = sources.add_source(
        ctx, secret_box, NewSource("generic", "Mona", auth="bearer"), ADAPTERS
    )
    number = sources.required_source(ctx, made.source.id).id or 0
    add_route(ctx, NewRoute(source=made.source.id, group_wait_seconds=0))
    add_alias(ctx, "payments", "shop")
    body = b'{"dedup_key": "cpu", "status": "firing", "service": "shop"}'
    event = inbox.ReceivedEvent(number, ctx.now, "POST", "", "", {}, body)
    inbox.store(ctx, [event])
    assert inbox.process_batch(ctx, number, ADAPTERS, limit=1) == 1
    once(ctx, secret_box, "key", b"", lambda: StoredResponse(201, b"{}"))


def counted(url: str) -> dict[str, int]:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {
            name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()
            for name in sorted(inspect(engine).get_table_names())
        }
    engine.dispose()
    return found


def test_the_way_from_the_version_before_loses_no_row(database_url: str) -> None:
    with open_backend(database_url) as backend:
        fill(backend)
    newest, *_ = REVISIONS
    if newest.down_revision is None:
        pytest.skip("There is only one version so far.")
    before = counted(database_url)
    assert all(before[f] for f in ("source", "route", "service_alias", "hook_event", "alert"))
    downgrade(database_url, str(newest.down_revision))
    # A table that the newest version adds is empty after a downgrade.
    stored = tables(database_url) & before.keys()
    upgrade(database_url)
    after = counted(database_url)
    assert {name: after[name] for name in stored} == {name: before[name] for name in stored}


@pytest.mark.parametrize("revision", REVISIONS, ids=lambda each: each.revision)
def test_a_migration_says_what_it_does_and_how_to_undo_it(revision: object) -> None:
    path = getattr(revision, "path", "")
    name = path.rpartition("/")[2]
    day, _, words = name.removesuffix(".py").partition("_")
    assert day.isdecimal()
    assert len(words.split("_")) >= 3, name
    with open(path, encoding="utf-8") as file:  # noqa: PTH123
        tree = ast.parse(file.read())
    bodies = {node.name: node.body for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert {"upgrade", "downgrade"} <= set(bodies)
    assert not all(isinstance(step, ast.Pass) for step in bodies["downgrade"])


def test_the_migrations_stand_where_the_wheel_takes_them_from() -> None:
    assert (folder("migrations") / "env.py").is_file()
