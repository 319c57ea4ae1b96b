"""Mail folder (Maildir): one file for each mail, moved into place when it is complete."""

import os
from pathlib import Path

from app.net.mail.relay import MailFolder
from app.ports.channel import Mail

__all__ = ["write_mail"]


def write_mail(folder: MailFolder, mail: Mail) -> str:
    """Write a mail and return the name of its file. Writing it again replaces the file.

    Raises OSError.
    """
    for name in ("cur", "new", "tmp"):
        (folder.path / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{mail.key}.fyr"
    temporary = folder.path / "tmp" / f"{name}.{os.getpid()}"
    envelope = f"Return-Path: <{mail.sender}>\nDelivered-To: {mail.recipient}\n".encode()
    # Lines of files end with LF.
    _write(temporary, envelope + mail.content.replace(b"\r\n", b"\n"))
    temporary.replace(folder.path / "new" / name)
    return name


def _write(file: Path, content: bytes) -> None:
    with file.open("wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())
