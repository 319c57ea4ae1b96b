"""Creation: the newest schema in an empty SQLite database, in one transaction and without Alembic.

The migrations and Alembic take half a second of processor time, the text that they result in 0.02.
`python -m scripts.creation` writes that text from the migrations, and a test compares it with them.
PostgreSQL is always migrated.
"""

from datetime import datetime

from sqlalchemy import Engine

from app import folder

__all__ = ["END", "FILE", "create"]

# In the folder of the migrations; each statement in it ends with END.
FILE = "sqlite.sql"
END = ";\n"


def create(engine: Engine, public_id: str, now: datetime) -> None:
    """Create the newest schema in an SQLite database, and its page with this ID.

    Does nothing when the database has a table already. Whenever the process ends, the database is
    complete or still empty; of several processes, one creates it and the others wait.
    """
    text = (folder("migrations") / FILE).read_text(encoding="utf-8")
    values = {"public_id": public_id, "now": now.strftime("%Y-%m-%d %H:%M:%S.%f")}
    with engine.begin() as connection:
        if connection.exec_driver_sql("SELECT 1 FROM sqlite_master").first() is not None:
            return
        for statement in text.removesuffix(END).split(END):
            connection.exec_driver_sql(statement, values)
