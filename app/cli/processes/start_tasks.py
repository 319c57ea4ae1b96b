"""Start tasks: what `fyr serve` does once with the database after each start."""

from app.cli.processes.address_check import warn_of_one_address
from app.cli.processes.clock_check import warn_of_clock_skew
from app.cli.processes.first_admin import print_first_admin_link
from app.cli.processes.stored_codes import key_stored_codes
from app.db.engine import make_engine
from app.settings import Settings
from app.usecases.context import SHELL
from app.usecases.database import Database
from app.usecases.subscribers.availability import record_mail_setup

__all__ = ["run_start_tasks"]


def run_start_tasks(settings: Settings) -> None:
    """Run all start tasks on one connection. Raises UnavailableError."""
    seconds = settings.database_statement_seconds
    database = Database(make_engine(settings.database, timeout_seconds=seconds))
    try:
        print_first_admin_link(database, settings)
        key_stored_codes(database, settings)
        warn_of_one_address(database)
        warn_of_clock_skew(database)
        with database.writing(SHELL) as ctx:
            record_mail_setup(ctx, is_set_up=settings.mail_is_set_up)
    finally:
        database.close()
