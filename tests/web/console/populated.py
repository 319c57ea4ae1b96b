"""A console with a row of each kind, shared by the tests of a module."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.db.migrate import upgrade
from app.domain.permissions import Role
from tests.cast import Installation, open_installation
from tests.console import Staff, staff
from tests.databases import Run, SqliteSnapshot, copy_sqlite
from tests.web.console.routes import Operation
from tests.web.console.screens import Addresses, populate
from tests.web.console.submissions import submission

__all__ = ["Populated", "open_populated"]


@dataclass(frozen=True, slots=True)
class Populated:
    """A console with a row of each kind, which can be brought back to its first state."""

    installation: Installation
    addresses: Addresses
    people: dict[Role, Staff]
    snapshot: SqliteSnapshot

    def status(self, role: Role, operation: Operation) -> int:
        """The status of a request that is complete, before it is undone."""
        method, route = operation
        person, address = self.people[role], self.addresses.of(route)
        if method == "GET":
            return person.get(address).status_code
        status = person.send(address, submission(person, route, self.addresses)).status_code
        self.snapshot.restore()
        return status


@contextmanager
def open_populated(folder: Path) -> Iterator[Populated]:
    """A populated console on a SQLite database in `folder`."""
    file = folder / "fyr.db"
    copy_sqlite(Run.current(), upgrade, file)
    with open_installation(f"sqlite:///{file}", folder) as installation:
        addresses = populate(installation)
        people = {role: staff(installation, role) for role in Role}
        assert installation.tokens  # part of the first state
        with closing(SqliteSnapshot(file)) as snapshot:
            yield Populated(installation, addresses, people, snapshot)
