"""Owner of the data: the user as whom a command continues that root has started.

A file that root creates in the folder of another user cannot be opened by the service that runs as
that user, so a command of root would stop it.
"""

import os
import pwd
import sys
from collections.abc import Iterator
from pathlib import Path

from app.domain.errors import FyrError
from app.settings import Settings, load_settings, move_to_environment

__all__ = ["OwnerError", "become_owner"]

_ROOT = 0


class OwnerError(FyrError):
    """Root cannot continue as the owner of the data; the message names the user to be."""

    code = "owner"


def become_owner() -> None:
    """Continue as the user that owns the data directory and an embedded database.

    What belongs to root, as in a container, stays with root. A folder that does not exist yet
    belongs to the owner of the one in which it would be created. Raises OwnerError.
    """
    settings = load_settings()
    owners = {owner: each for each in _folders(settings) if (owner := _owner(each)) != _ROOT}
    if not owners:
        return
    if len(owners) > 1:
        users = " and ".join(f"{each} to {_name(owner)}" for owner, each in owners.items())
        raise OwnerError(
            f"The folders of the data belong to different users: {users}. Give both to the user "
            "that Fyr runs as."
        )
    ((uid, folder),) = owners.items()
    move_to_environment()
    try:
        _become(uid, folder)
    except PermissionError:
        raise OwnerError(_advice(uid, folder, "and root may not change its user here")) from None
    for each in (sys.executable, __file__):
        if not os.access(each, os.R_OK):
            raise OwnerError(_advice(uid, folder, f"who cannot read Fyr in {each}"))


def _folders(settings: Settings) -> Iterator[Path]:
    yield settings.data_dir
    if settings.is_embedded:
        yield settings.database_file.parent


def _owner(folder: Path) -> int:
    path = folder.resolve()
    present = next(each for each in (path, *path.parents) if each.exists())
    return present.stat().st_uid


def _become(uid: int, folder: Path) -> None:
    try:
        user = pwd.getpwuid(uid)
        gid, home = user.pw_gid, user.pw_dir
        groups = os.getgrouplist(user.pw_name, gid)
    except KeyError:  # a user of another machine, or of the host of a container
        gid, home = folder.resolve().stat().st_gid, "/"
        groups = [gid]
    os.setgroups(groups)
    os.setgid(gid)
    os.setuid(uid)
    # libpq reads certificates below it, and fails when it must not.
    os.environ["HOME"] = home


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def _advice(uid: int, folder: Path, why: str) -> str:
    return (
        f"{folder} belongs to {_name(uid)}, {why}. Nothing was done. Run the command as that user, "
        f"such as with: runuser -u {_name(uid)} -- fyr ..."
    )
