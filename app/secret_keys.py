"""Secret keys: the present one, and former ones that still decrypt what they encrypted.

Keys come from the settings, or from files in the data directory: `secret.key` is created at the
first use, and `former.keys` has the keys that `fyr key rotate` has replaced, one in a line as
base64.
"""

import base64
import binascii
import os
import secrets
from contextlib import suppress
from pathlib import Path

from app import private_files
from app.domain.errors import UnavailableError
from app.settings import MIN_SECRET_LENGTH, Settings
from app.usecases.encryption import BrowserBox, SecretBox
from app.usecases.subscribers.addresses.address_hashes import AddressHashes

__all__ = [
    "address_hashes",
    "forget_former_keys",
    "former_secret_keys",
    "known_keys",
    "replace_key",
    "secret_box",
    "secret_key",
]

_KEY_FILE = "secret.key"
_FORMER_FILE = "former.keys"
_KEY_BYTES = 48


def secret_key(settings: Settings) -> bytes:
    """The present key: the setting, or a key in the data directory that is created at first use.

    The file is read each time, so a running process uses a new key at once. Raises
    UnavailableError when the file cannot be read, or is too short: everything would be encrypted
    with what anybody can guess.
    """
    configured = settings.secret_key.get_secret_value()
    if configured:
        return configured.encode()
    file = settings.data_dir / _KEY_FILE
    if not file.exists():
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        temporary = settings.data_dir / f".{_KEY_FILE}.{secrets.token_hex(4)}"
        private_files.write_new(temporary, _new_key())
        # When several processes start at once, the first link wins and all use that key.
        with suppress(FileExistsError):
            file.hardlink_to(temporary)
        temporary.unlink()
    try:
        key = file.read_bytes()
    except OSError as error:
        raise _unreadable(file, error) from error
    if len(key) < MIN_SECRET_LENGTH:
        raise UnavailableError(
            f"{_KEY_FILE} in the data directory has {len(key)} bytes, so it is no key. Restore it "
            "from a backup; only if there is none, delete it: another key is created then, and "
            "what was encrypted with the lost one cannot be read."
        )
    return key


def former_secret_keys(settings: Settings) -> tuple[bytes, ...]:
    """The former keys, of the setting and of the file.

    Raises UnavailableError when the file is damaged.
    """
    configured = tuple(each.get_secret_value().encode() for each in settings.former_secret_keys)
    lines = _former_lines(settings.data_dir / _FORMER_FILE).split()
    return (*configured, *(_decoded(number, each) for number, each in enumerate(lines, 1)))


def known_keys(settings: Settings, *, create: bool = True) -> tuple[bytes, ...]:
    """The present key and the former ones. Without `create`, an absent key is not created."""
    is_there = settings.secret_key.get_secret_value() or (settings.data_dir / _KEY_FILE).exists()
    present = (secret_key(settings),) if create or is_there else ()
    return (*present, *former_secret_keys(settings))


def secret_box(settings: Settings) -> SecretBox:
    """What encrypts stored secrets with the present key and decrypts them with former ones too."""
    return SecretBox(lambda: secret_key(settings), lambda: former_secret_keys(settings))


def address_hashes(settings: Settings) -> AddressHashes:
    """The keyed hashes of addresses; their key is encrypted with the present secret key."""
    return AddressHashes(
        lambda: BrowserBox.for_purpose(
            secret_key(settings), "console", former_secret_keys(settings)
        )
    )


def replace_key(settings: Settings) -> None:
    """Replace the key in the data directory by a new one, and append it to the former keys.

    The former keys are written first: wherever this is interrupted, every key that may have been
    used is in one of the files.
    """
    folder, present = settings.data_dir, secret_key(settings)
    former = folder / _FORMER_FILE
    lines = _former_lines(former)
    line = base64.b64encode(present)
    if line not in lines.split():
        with private_files.replacing(former) as out:
            out.write(lines + line + b"\n")
    with private_files.replacing(folder / _KEY_FILE) as out:
        out.write(_new_key())
    _sync(folder)


def forget_former_keys(settings: Settings) -> None:
    """Delete the file of the former keys."""
    (settings.data_dir / _FORMER_FILE).unlink(missing_ok=True)


def _former_lines(file: Path) -> bytes:
    """The content of the file of former keys; empty where there is none."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise _unreadable(file, error) from error


def _unreadable(file: Path, error: OSError) -> UnavailableError:
    return UnavailableError(f"{file.name} in the data directory cannot be read: {error.strerror}.")


def _decoded(number: int, line: bytes) -> bytes:
    """A former key. Raises UnavailableError for a line that is none."""
    try:
        return base64.b64decode(line, validate=True)
    except binascii.Error as error:
        raise UnavailableError(
            f"Line {number} of {_FORMER_FILE} in the data directory is no key in base64. Restore "
            "the file from a backup, or remove the line."
        ) from error


def _new_key() -> bytes:
    return secrets.token_urlsafe(_KEY_BYTES).encode()


def _sync(folder: Path) -> None:
    """Make renames in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
