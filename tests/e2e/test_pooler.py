"""`fyr serve` and its worker on a PostgreSQL behind PgBouncer in transaction mode."""

from pathlib import Path

import httpx
import psycopg
import pytest
from sqlalchemy import make_url

from app.db.engine import make_engine
from app.domain.permissions import Role
from app.usecases.context import SHELL
from app.usecases.database import Database
from app.usecases.users import api_tokens
from tests.databases import PostgresDatabases
from tests.db.pgbouncer import PGBOUNCER, pooled
from tests.e2e.serving import fyr, serving, wait_until
from tests.network import PLAIN

pytestmark = pytest.mark.skipif(PGBOUNCER is None, reason="there is no pgbouncer")


def applications(url: str) -> set[str]:
    """The names of the clients that are connected to the database."""
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address) as connection:
        rows = connection.execute("SELECT application_name FROM pg_stat_activity").fetchall()
    return {name for (name,) in rows}


def test_it_serves_writes_and_names_its_connections(
    postgres: PostgresDatabases, tmp_path: Path
) -> None:
    with postgres.migrated() as direct, pooled(direct) as url:
        database = Database(make_engine(url))
        with database.writing(SHELL) as ctx:
            token = api_tokens.add_token(ctx, "ada", Role.ADMIN).secret
        database.close()
        given = {"FYR_DATABASE_URL": url, "FYR_DATA_DIR": str(tmp_path)}
        with serving(tmp_path, environment=given) as server:
            seen: set[str] = set()

            def both_are_seen() -> bool:
                seen.update(applications(direct))
                return {"fyr web", "fyr worker"} <= seen

            wait_until(both_are_seen, f"connected: {seen}")
            with httpx.Client(base_url=server.address, timeout=60, verify=PLAIN) as client:
                new = {"slug": "pay", "name": "Card payments"}
                bearer = {"Authorization": f"Bearer {token}"}
                made = client.post("/api/v1/services", json=new, headers=bearer)
                assert made.status_code == 201, made.text
                assert "Card payments" in client.get("/en/").text
            added = fyr(tmp_path, "service", "list", environment=given)
            assert added.stdout == "pay\tshown\t-\tCard payments\n"
            assert "ERROR" not in server.log.read_text()
