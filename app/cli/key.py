"""`fyr key rotate|forget`: replace the secret key."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import typer

from app import private_files
from app.cli.database import open_database
from app.domain.errors import FyrError
from app.secret_keys import forget_former_keys, former_secret_keys, replace_key, secret_key
from app.settings import Settings, load_settings
from app.usecases import audit
from app.usecases.context import SHELL
from app.usecases.database import Database
from app.usecases.encryption import BrowserBox, SecretBox
from app.usecases.imports.runs.run_files import ImportFiles
from app.usecases.key_rotation import Boxes, renew_batch

__all__ = ["key_app"]

key_app = typer.Typer(help="The secret key.", no_args_is_help=True)


class KeyRotationError(FyrError):
    """The key cannot be rotated, or a former key is still needed."""

    code = "key_rotation"


@key_app.command("rotate")
def rotate() -> None:
    """Replace the secret key, and encrypt everything that is stored with the new one."""
    settings = load_settings()
    with open_database(settings) as database, _only_rotation(settings):
        if settings.secret_key.get_secret_value():
            if not settings.former_secret_keys:
                raise KeyRotationError(
                    "FYR_SECRET_KEY is set. Move its value to FYR_FORMER_SECRET_KEYS, set a new "
                    "value everywhere, restart Fyr, and run fyr key rotate again."
                )
        elif former_secret_keys(settings) and _renew(database, settings)[0]:
            with database.writing(SHELL) as ctx:
                audit.record(ctx, "key.rotate", "key", "", after={"resumed": True})
            typer.echo("An interrupted rotation is complete now.")
            return
        else:
            replace_key(settings)
        renewed, unreadable = _renew(database, settings)
        with database.writing(SHELL) as ctx:
            audit.record(ctx, "key.rotate", "key", "", after={"renewed": renewed})
    typer.echo(f"{renewed} stored secrets are encrypted with the new key.")
    if unreadable:
        raise KeyRotationError(
            f"{unreadable} rows or files cannot be decrypted with any of the keys and were left "
            "alone."
        )


@key_app.command("forget")
def forget() -> None:
    """Delete the former keys, after everything was encrypted with the present one."""
    settings = load_settings()
    with open_database(settings) as database, _only_rotation(settings):
        # Processes that had read the former key may have written with it after the rotation.
        _renew(database, settings)
        forget_former_keys(settings)
        with database.writing(SHELL) as ctx:
            audit.record(ctx, "key.forget", "key", "")
    typer.echo("The former keys are deleted. Remove FYR_FORMER_SECRET_KEYS where it is set.")


def _renew(database: Database, settings: Settings) -> tuple[int, int]:
    """Encrypt everything with the present key; the numbers of renewed and of unreadable secrets."""
    key, former = secret_key(settings), former_secret_keys(settings)
    secret_box = SecretBox(lambda: key, lambda: former)
    boxes = Boxes(secret_box, BrowserBox.for_purpose(key, "console", former))
    table: int | None = 0
    after: object = None
    renewed, unreadable = ImportFiles(settings.data_dir).renew_tokens(secret_box)
    while table is not None:
        with database.writing(SHELL) as ctx:
            batch = renew_batch(ctx, boxes, table=table, after=after)
        renewed, unreadable = renewed + batch.renewed, unreadable + batch.unreadable
        table, after = batch.table, batch.after
    return renewed, unreadable


@contextmanager
def _only_rotation(settings: Settings) -> Iterator[None]:
    """Refuse a concurrent rotation on this machine."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with ExitStack() as held:
        try:
            held.enter_context(private_files.locked(settings.data_dir / ".rotating", wait=False))
        except BlockingIOError:
            raise KeyRotationError("Another fyr key command is running.") from None
        yield
