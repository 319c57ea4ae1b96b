"""Address check: a warning when all staff seem to come from one address, that of a proxy."""

import logging

from app.usecases.context import SHELL
from app.usecases.database import Database
from app.usecases.users import sessions

__all__ = ["warn_of_one_address"]

_log = logging.getLogger("fyr.serve")


def warn_of_one_address(database: Database) -> None:
    """Log `serve.one_address` when several users have signed in, all of them from one address.

    Attempts to sign in are counted by address: behind a proxy that is not trusted, anybody can use
    up the attempts of everybody.
    """
    with database.reading(SHELL) as ctx:
        address = sessions.only_address(ctx)
    if address is not None:
        _log.warning(
            "serve.one_address address=%s: all staff seem to come from one address; set "
            "FYR_TRUSTED_PROXIES to the address of the proxy",
            address,
        )
